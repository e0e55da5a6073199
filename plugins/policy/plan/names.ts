// Names for what has no name of its own: the same text always has the same, and no two texts share one.

/** What nftables takes as it is; longer names and others are replaced by a hash. */
const PLAIN = /^[a-z][a-z0-9._\/-]{0,95}$/;

export class Names {
  /** @param hash of any quality */
  constructor(private readonly hash: (text: string) => string = twofold) {}

  /** `<prefix> <text>` by name, and the other way round. */
  readonly #texts = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /**
   * `<prefix><hash of text>`. Whoever chooses labels can choose texts of one hash: then the later one has a number, and
   * keeps it until it is released, even if the first one's name is free before.
   */
  hashed(prefix: string, text: string): string {
    const key = `${prefix} ${text}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const first = prefix + this.hash(text);
    let name = first;
    for (let number = 2; this.#texts.has(name); number++) name = `${first}-${number}`;
    this.#texts.set(name, key);
    this.#names.set(key, name);
    return name;
  }

  /** `<prefix><text>` where that is a name, else hashed. */
  plain(prefix: string, text: string): string {
    return PLAIN.test(prefix + text) ? prefix + text : this.hashed(`${prefix}.`, text);
  }

  release(name: string): void {
    const key = this.#texts.get(name);
    this.#texts.delete(name);
    if (key !== undefined) this.#names.delete(key);
  }
}

const { imul } = Math;

/** 64 bits, two of FNV-1a's kind side by side. */
function twofold(text: string): string {
  let one = 0x811c9dc5;
  let two = 0x9e3779b9;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = imul(one ^ code, 0x01000193);
    two = imul(two ^ code, 0x85ebca6b);
    two ^= two >>> 13;
  }
  const hex = (number: number) => (number >>> 0).toString(16).padStart(8, "0");
  return hex(one) + hex(two);
}
