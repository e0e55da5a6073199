// The pieces that specs are made of: objects with known fields, lists, choices, whole numbers. null counts as not given, as
// Kubernetes has it. Whoever reads something wrong refuses it at its place, and goes on.

import { type Place, show } from "./place.ts";

/** An object of which every field is known. */
export type Fields<K extends string> = { readonly [key in K]?: unknown };

/** What an object can have in it. */
export interface Shape<K extends string> {
  /** With an article: `a peer`. */
  readonly what: string;
  readonly fields: readonly K[];
}

/** Undefined for what is none. Any other field is refused: without it the policy says something else than its author meant. */
export function readObject<K extends string>(value: unknown, shape: Shape<K>, at: Place): Fields<K> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(value, "no object", at);
    return undefined;
  }
  const known: readonly string[] = shape.fields;
  const keys = Object.keys(value);
  // By index, as everything here that runs for each item: QuickJS takes several times as long by an iterator.
  for (let index = 0; index < keys.length && !at.isFull; index++) {
    const key = keys[index]!;
    if (known.includes(key)) continue;
    at.field(key).refuse(`is no field of ${shape.what}; it has ${shape.fields.join(", ")}`);
  }
  return value as Fields<K>;
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The fields of them that are given. */
export function given<K extends string>(fields: Fields<K>, names: readonly K[]): K[] {
  return names.filter((name) => isGiven(fields[name]));
}

/** The only field that is given; undefined where that is none or several, which is refused. */
export function only<K extends string>(fields: Fields<K>, { what, fields: names }: Shape<K>, at: Place): K | undefined {
  const some = given(fields, names);
  if (some.length === 1) return some[0];
  const found = some.length === 0 ? "none" : some.join(" and ");
  at.refuse(`has to have exactly one of ${names.join(", ")} as ${what}, and has ${found}`);
  return undefined;
}

/** Empty for what is no list, and where it is not given. What an item is refused for does not keep the others from being read. */
export function readList<T>(
  value: unknown,
  at: Place,
  read: (item: unknown, at: Place, index: number) => T | undefined,
): T[] {
  if (!isGiven(value)) return [];
  if (!Array.isArray(value)) {
    at.refuse(`is no list: ${show(value)}`);
    return [];
  }
  const items: T[] = [];
  for (let index = 0; index < value.length && !at.isFull; index++) {
    const item = read(value[index], at.item(index), index);
    if (item !== undefined) items.push(item);
  }
  return items;
}

/** As `readList`, of a list that has a least and a greatest length. */
export function readBounded<T>(
  value: unknown,
  [least, most]: readonly [number, number],
  at: Place,
  read: (item: unknown, at: Place, index: number) => T | undefined,
): T[] {
  if (Array.isArray(value) && (value.length < least || value.length > most)) {
    at.refuse(`has to have ${least} to ${most} items, and has ${value.length}`);
    return [];
  }
  return readList(value, at, read);
}

/** One of a few texts, as the key has it; its value comes out. */
export function readChoice<T>(value: unknown, choices: ReadonlyMap<string, T>, at: Place): T | undefined {
  const choice = typeof value === "string" ? choices.get(value) : undefined;
  if (choice === undefined) refuse(value, `none of ${[...choices.keys()].join(", ")}`, at);
  return choice;
}

export function isWithinBounds(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

export function readInteger(value: unknown, least: number, most: number, at: Place): number | undefined {
  if (isWithinBounds(value, least, most)) return value;
  refuse(value, `no whole number from ${least} to ${most}`, at);
  return undefined;
}

export function readText(value: unknown, at: Place): string | undefined {
  if (typeof value === "string") return value;
  refuse(value, "no text", at);
  return undefined;
}

/** @param what it is that the value is not */
function refuse(value: unknown, what: string, at: Place): void {
  at.refuse(value === undefined ? "is missing" : `is ${what}: ${show(value)}`);
}
