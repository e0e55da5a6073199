// Names for what has no name of its own: the same text always has the same, and no two texts share one.

/** What nftables takes as it is; longer names and others are replaced by a hash. */
const PLAIN = /^[a-z][a-z0-9._\/-]{0,95}$/;

export class Names {
  readonly #texts = new Map<string, string>();

  /** `<prefix><hash of text>`. Whoever chooses labels can choose texts of one hash: then the later one has a number. */
  hashed(prefix: string, text: string): string {
    const name = prefix + hash(text);
    for (let number = 1;; number++) {
      const candidate = number === 1 ? name : `${name}-${number}`;
      const holder = this.#texts.get(candidate);
      if (holder === undefined) this.#texts.set(candidate, text);
      if (holder === undefined || holder === text) return candidate;
    }
  }

  /** `<prefix><text>` where that is a name, else hashed. */
  plain(prefix: string, text: string): string {
    return PLAIN.test(prefix + text) ? prefix + text : this.hashed(`${prefix}.`, text);
  }

  release(name: string): void {
    this.#texts.delete(name);
  }
}

/** 64 bits, two of FNV-1a's kind side by side. */
function hash(text: string): string {
  let one = 0x811c9dc5;
  let two = 0x9e3779b9;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    two = Math.imul(two ^ code, 0x85ebca6b);
    two ^= two >>> 13;
  }
  const hex = (number: number) => (number >>> 0).toString(16).padStart(8, "0");
  return hex(one) + hex(two);
}
