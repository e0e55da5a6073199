// When the agent repairs by itself: only what two looks in a row agree on. Someone may be in the middle of changing it.
//
// What a container is like at the first look after its ADD is taken for meant, as far as it concerns the container's
// inside: a plugin of someone else that came later in the chain may have set another MTU or moved a route, which the
// ledger does not know. A look that finds it in order ends that.

/** Something that is not as the ledger has it, by what names it in words. */
export interface Found {
  readonly text: string;
  /** It is inside the container, where later plugins of a chain may have changed it. */
  readonly inside: boolean;
}

interface Known {
  /** Tells an attachment from a later one of the same name. */
  readonly made: string;
  /** What differed at the first look, and at each since. */
  readonly meant: ReadonlySet<string>;
  /** What differed at the last look, with how often its repair has failed. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface Verdict {
  /** To be repaired now. */
  readonly agreed: readonly string[];
  /** Left as it is. */
  readonly meant: readonly string[];
  /** It is the first look. */
  readonly isFirst: boolean;
}

export class TwoLooks {
  readonly #known = new Map<string, Known>();
  readonly #missed = new Map<string, number>();

  /** Judges what a look has found. Changes nothing: `ended` does. */
  judge(name: string, made: string, found: readonly Found[]): Verdict {
    const known = this.#of(name, made);
    const meant = found.filter(({ text, inside }) => known === undefined ? inside : known.meant.has(text))
      .map(({ text }) => text);
    const agreed = found.map(({ text }) => text)
      .filter((text) => !meant.includes(text) && known?.failures.has(text) === true);
    return { agreed, meant, isFirst: known === undefined };
  }

  /**
   * Ends a look.
   *
   * @param left what differs after it @param tried what it tried to repair
   * @returns how often the repair of each that was tried in vain has failed by now
   */
  ended(
    name: string,
    made: string,
    { meant, left, tried }: { meant: readonly string[]; left: readonly string[]; tried: readonly string[] },
  ): Map<string, number> {
    const known = this.#of(name, made);
    const failures = new Map(
      left.filter((text) => !meant.includes(text))
        .map((text) => [text, (known?.failures.get(text) ?? 0) + (tried.includes(text) ? 1 : 0)]),
    );
    this.#known.set(name, { made, meant: new Set(meant), failures });
    this.#missed.delete(name);
    return new Map([...failures].filter(([text]) => tried.includes(text)));
  }

  /** An attachment could not be looked at. @returns how often in a row by now */
  missed(name: string): number {
    const times = (this.#missed.get(name) ?? 0) + 1;
    this.#missed.set(name, times);
    return times;
  }

  /** Forgets all others. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const memory of [this.#known, this.#missed]) {
      for (const name of memory.keys()) if (!names.has(name)) memory.delete(name);
    }
  }

  #of(name: string, made: string): Known | undefined {
    const known = this.#known.get(name);
    return known?.made === made ? known : undefined;
  }
}
