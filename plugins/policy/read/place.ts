// A place in a policy's text, and what is wrong there. Its path is spelt only where something is.

import type { FieldError } from "cnidaria:cni/policy@0.3.0";

/** As many errors of a policy are told one by one. */
const MAX_ERRORS = 20;

const PLAIN = /^[A-Za-z][A-Za-z0-9]*$/;

export class Place {
  readonly #errors: FieldError[];
  readonly #parent: Place | undefined;
  readonly #step: string | number;

  private constructor(errors: FieldError[], parent: Place | undefined, step: string | number) {
    this.#errors = errors;
    this.#parent = parent;
    this.#step = step;
  }

  /** @param errors gets what is wrong at this place and inside */
  static root(name: string, errors: FieldError[]): Place {
    return new Place(errors, undefined, name);
  }

  field(name: string): Place {
    return new Place(this.#errors, this, name);
  }

  item(index: number): Place {
    return new Place(this.#errors, this, index);
  }

  /** @param message completes "it": `is no port: 70000` */
  refuse(message: string): void {
    const count = this.#errors.length;
    if (count > MAX_ERRORS) return;
    this.#errors.push(
      count < MAX_ERRORS ? { path: `${this}`, message } : { path: this.#top(), message: "has more errors than these" },
    );
  }

  /** Whether more errors would not be told, so that reading on is in vain. */
  get isFull(): boolean {
    return this.#errors.length > MAX_ERRORS;
  }

  /** `spec.ingress[0].from[1]` */
  toString(): string {
    const step = this.#step;
    const before = this.#parent === undefined ? "" : `${this.#parent}`;
    if (typeof step === "number") return `${before}[${step}]`;
    if (!PLAIN.test(step)) return `${before}[${show(step)}]`;
    return before === "" ? step : `${before}.${step}`;
  }

  #top(): string {
    return this.#parent === undefined ? `${this}` : this.#parent.#top();
  }
}

const SHOWN = 80;

/** A value as a message shows it: short, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    return value.length > SHOWN ? `${JSON.stringify(value.slice(0, SHOWN))}…` : JSON.stringify(value);
  }
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}
