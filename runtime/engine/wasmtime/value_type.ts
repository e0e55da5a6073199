// The types of component values: as they are described in the cache, and as the codec uses them.

/** A WIT type. Names are kept in both forms: as WIT has them, and camelCase as jco maps record fields and flags. */
export type ValueType =
  | { kind: "bool" | "s8" | "u8" | "s16" | "u16" | "s32" | "u32" | "s64" | "u64" | "f32" | "f64" | "char" | "string" }
  | { kind: "list"; element: ValueType }
  | { kind: "record"; fields: { name: Uint8Array<ArrayBuffer>; key: string; type: ValueType }[] }
  | { kind: "tuple"; types: ValueType[] }
  | { kind: "variant"; cases: Map<string, { name: Uint8Array<ArrayBuffer>; type: ValueType | undefined }> }
  | { kind: "enum"; names: Map<string, Uint8Array<ArrayBuffer>> }
  | { kind: "option"; some: ValueType }
  | { kind: "result"; ok: ValueType | undefined; err: ValueType | undefined }
  | { kind: "flags"; flags: { name: string; bytes: Uint8Array<ArrayBuffer>; key: string }[] };

/** Parameters and result of a function. */
export interface FunctionType {
  params: ValueType[];
  result: ValueType | undefined;
}

/** A type as the cache keeps it, in JSON: names as WIT has them. */
export type Described =
  | (ValueType & { kind: "bool" })["kind"]
  | ["list" | "option", Described]
  | ["record", [name: string, type: Described][]]
  | ["tuple", Described[]]
  | ["variant", [name: string, type: Described | null][]]
  | ["enum" | "flags", string[]]
  | ["result", ok: Described | null, err: Described | null];

/** What the cache keeps of a component beside its code: to ask libwasmtime for it takes longer than a call. */
export interface DescribedComponent {
  /** Names of its imports, sorted. */
  imports: string[];
  /** Types of all functions that it imports or exports, by `interface#functionName`. */
  functions: Record<string, { params: Described[]; result: Described | null }>;
}

/** `peer-index` is `peerIndex` in JavaScript. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The types of a component's functions, each made when it is asked for. */
export class FunctionTypes {
  readonly #made = new Map<string, FunctionType>();

  constructor(private readonly described: DescribedComponent["functions"]) {}

  /** @param key `interface#functionName` @throws {TypeError} if it has a type that cannot cross, such as a resource */
  get(key: string): FunctionType {
    let type = this.#made.get(key);
    if (type === undefined) {
      const described = this.described[key];
      if (described === undefined) throw new TypeError(`Cannot call ${key} as its type has resources, or is not known`);
      type = { params: described.params.map(make), result: makeOrNone(described.result) };
      this.#made.set(key, type);
    }
    return type;
  }
}

const encoder = new TextEncoder();

function make(described: Described): ValueType {
  if (typeof described === "string") return { kind: described };
  switch (described[0]) {
    case "list":
      return { kind: "list", element: make(described[1]) };
    case "option":
      return { kind: "option", some: make(described[1]) };
    case "record":
      return {
        kind: "record",
        fields: described[1].map(([name, type]) => ({
          name: encoder.encode(name),
          key: camelCase(name),
          type: make(type),
        })),
      };
    case "tuple":
      return { kind: "tuple", types: described[1].map(make) };
    case "variant":
      return {
        kind: "variant",
        cases: new Map(
          described[1].map(([name, type]) => [name, { name: encoder.encode(name), type: makeOrNone(type) }]),
        ),
      };
    case "enum":
      return { kind: "enum", names: new Map(described[1].map((name) => [name, encoder.encode(name)])) };
    case "flags":
      return {
        kind: "flags",
        flags: described[1].map((name) => ({ name, bytes: encoder.encode(name), key: camelCase(name) })),
      };
    case "result":
      return { kind: "result", ok: makeOrNone(described[1]), err: makeOrNone(described[2]) };
  }
}

function makeOrNone(described: Described | null): ValueType | undefined {
  return described === null ? undefined : make(described);
}
