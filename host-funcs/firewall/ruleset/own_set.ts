// A set of a ruleset, with its elements.

import type { Datatype, Element, NamedSet, Verdict } from "cnidaria:cni/nftables@0.3.0";
import { quote, refuse } from "./refusal.ts";
import { checkSet, parseKey } from "./set_key.ts";
import { Spans } from "./spans.ts";
import { isSameVerdict } from "./uses.ts";
import type { Span } from "./values.ts";

/** A step of what a change does to a set's elements. A verdict that gives way to another is deleted before. */
export interface ElementStep {
  readonly key: Span;
  readonly add: boolean;
  readonly verdict?: Verdict;
}

export class OwnSet implements NamedSet {
  readonly name: string;
  readonly key: Datatype[];
  readonly intervals: boolean;
  readonly verdicts: boolean;
  readonly elements = new Map<string, Verdict | undefined>();
  readonly #spans: Spans | undefined;

  /** @throws {HostCallError} `invalid` */
  constructor(set: NamedSet) {
    checkSet(set);
    this.name = set.name;
    this.key = [...set.key];
    this.intervals = set.intervals;
    this.verdicts = set.verdicts;
    if (set.intervals) this.#spans = new Spans();
  }

  /**
   * Adds elements, and replaces verdicts. What is there already costs no step.
   *
   * @param canonical checks a verdict
   * @throws {HostCallError} `invalid`; then nothing has changed
   */
  put(elements: readonly Element[], canonical: (verdict: Verdict) => Verdict): ElementStep[] {
    return this.#all((steps) => {
      for (const { key, verdict } of elements) this.#putOne(key, verdict, canonical, steps);
      const overlap = this.#spans?.insert(steps.map(({ key }) => key));
      if (overlap) refuse(`add ${overlap[0].text} to set ${this.name}`, `it overlaps ${overlap[1].text}`);
    });
  }

  /** @throws {HostCallError} `invalid`; then nothing has changed */
  delete(keys: readonly string[]): ElementStep[] {
    return this.#all((steps) => {
      for (const text of keys) {
        const key = parseKey(this, text) ?? this.#refuseKey(text, "delete", "from");
        const verdict = this.elements.get(key.text);
        if (!this.elements.delete(key.text)) refuse(`delete ${key.text} from ${this.#title}`, "it is not in there");
        steps.push(stepOf(key, false, verdict));
      }
      this.#spans?.remove(steps.map(({ key }) => key));
    });
  }

  /** Undoes the steps of the last `put` or `delete`. */
  takeBack(steps: readonly ElementStep[]): void {
    this.#takeBackElements(steps);
    const keys = steps.map(({ key }) => key);
    if (steps[0]?.add) this.#spans?.remove(keys);
    else this.#spans?.insert(keys);
  }

  #putOne(
    text: string,
    wanted: Verdict | undefined,
    canonical: (verdict: Verdict) => Verdict,
    steps: ElementStep[],
  ): void {
    const key = parseKey(this, text) ?? this.#refuseKey(text, "add", "to");
    if ((wanted !== undefined) !== this.verdicts) {
      refuse(`add ${key.text} to ${this.#title}`, wanted ? "only maps have verdicts" : "it has no verdict");
    }
    const verdict = wanted && canonical(wanted);
    if (this.elements.has(key.text)) {
      const present = this.elements.get(key.text);
      if (isSameVerdict(present, verdict)) return;
      steps.push(stepOf(key, false, present));
    }
    this.elements.set(key.text, verdict);
    steps.push(stepOf(key, true, verdict));
  }

  /** Intervals are put in and taken out last, all or none: until then there is nothing of them to undo. */
  #all(act: (steps: ElementStep[]) => void): ElementStep[] {
    const steps: ElementStep[] = [];
    try {
      act(steps);
      return steps;
    } catch (error) {
      this.#takeBackElements(steps);
      throw error;
    }
  }

  #takeBackElements(steps: readonly ElementStep[]): void {
    for (const { key, add, verdict } of steps.toReversed()) {
      if (add) this.elements.delete(key.text);
      else this.elements.set(key.text, verdict);
    }
  }

  get #title(): string {
    return `${this.verdicts ? "verdict map" : "set"} ${this.name}`;
  }

  #refuseKey(text: string, act: string, where: string): never {
    const form = this.key.join(" . ") + (this.intervals ? ", or an interval of these" : "");
    refuse(`${act} ${quote(text)} ${where} ${this.#title}`, `that is no ${form}`);
  }
}

function stepOf(key: Span, add: boolean, verdict: Verdict | undefined): ElementStep {
  return verdict === undefined ? { key, add } : { key, add, verdict };
}
