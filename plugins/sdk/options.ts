// A configuration's keys, each said once: from that come its types, its validation, and the table in the README.

import * as v from "valibot";
import { object } from "./object_schema.ts";

/** Checks one value of a configuration: one of `fields`, or any valibot schema whose message says what is expected. */
export type Field<T = unknown> = v.GenericSchema<unknown, T>;

/** A key that must be there. @param meaning for the README */
export function required<S extends v.GenericSchema>(field: S, meaning: string) {
  return v.pipe(field, v.description(meaning));
}

/** A key that may be missing; then it is not in the configuration either. */
export function optional<S extends v.GenericSchema>(field: S, meaning: string) {
  return v.exactOptional(v.pipe(field, v.description(meaning)));
}

/** A key that may be missing; then it has this value. */
export function withDefault<S extends v.GenericSchema>(field: S, value: v.InferInput<S>, meaning: string) {
  return v.optional(v.pipe(field, v.description(meaning)), value);
}

/** One of several texts. */
export function choice<const T extends readonly string[]>(...texts: T) {
  return v.picklist(texts, `one of ${texts.map((text) => JSON.stringify(text)).join(", ")}`);
}

/** A list of values, each as `field` says. */
export function listOf<S extends v.GenericSchema>(field: S, what: string) {
  return v.array(field, what);
}

/** The schema of a configuration. Keys that it does not name are dropped. */
export function options<const E extends v.ObjectEntries>(entries: E): v.ObjectSchema<E, undefined> {
  return object(entries);
}

/** What a configuration of that schema comes out as. */
export type OptionsOf<S extends v.GenericSchema> = v.InferOutput<S>;
