// Reads the keys of a JSON object that someone else has written.

import { CniFailure } from "./failure.ts";

/**
 * Reads keys of a JSON object; `null`, the empty string and the empty list count as missing, as in Go's libcni.
 *
 * Each reader throws `CniFailure` with `invalidConfig`, naming the key and what was expected.
 */
export class Fields {
  readonly #json: Record<string, unknown>;

  constructor(json: unknown, readonly path: string) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw this.#wrong(path, json, "an object");
    }
    this.#json = json as Record<string, unknown>;
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined;
  }

  #get(key: string): unknown {
    const value = Object.hasOwn(this.#json, key) ? this.#json[key] : undefined;
    return value === null ? undefined : value;
  }

  text(key: string): string | undefined {
    const value = this.#get(key);
    if (value === undefined || value === "") return undefined;
    if (typeof value !== "string") throw this.#wrong(`${this.path}.${key}`, value, "a string");
    return value;
  }

  required(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw this.#wrong(`${this.path}.${key}`, value, "a string");
    return value;
  }

  cidr(key: string): string {
    const value = this.required(key);
    if (!/^(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\/\d{1,3}$/.test(value)) {
      throw this.#wrong(`${this.path}.${key}`, value, "an address with prefix length (CIDR notation)");
    }
    return value;
  }

  number(key: string): number | undefined {
    const value = this.#get(key);
    if (value === undefined) return undefined;
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 0xffff_ffff) {
      throw this.#wrong(`${this.path}.${key}`, value, "an integer from 0 to 4294967295");
    }
    return value as number;
  }

  texts(key: string): string[] {
    const value = this.#get(key) ?? [];
    if (!Array.isArray(value) || value.some((it) => typeof it !== "string")) {
      throw this.#wrong(`${this.path}.${key}`, value, "a list of strings");
    }
    return value;
  }

  object(key: string): Fields | undefined {
    const value = this.#get(key);
    return value === undefined ? undefined : new Fields(value, `${this.path}.${key}`);
  }

  objects(key: string): Fields[] {
    const value = this.#get(key) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(`${this.path}.${key}`, value, "a list");
    return value.map((it, index) => new Fields(it, `${this.path}.${key}[${index}]`));
  }

  #wrong(path: string, value: unknown, expected: string): CniFailure {
    return new CniFailure(
      "invalidConfig",
      `Cannot use a CNI result as its key ${JSON.stringify(path)} is ${value === undefined ? "missing" : "invalid"}` +
        (value === undefined ? "" : `: ${(JSON.stringify(value) ?? "").slice(0, 80)}`),
      `expected ${expected}`,
    );
  }
}
