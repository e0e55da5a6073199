// valibot's `object` for a configuration of many keys of which few are given. valibot checks the default of a key that is
// missing each time anew, and keeps what a complaint would need: in QuickJS two thirds of the time of an ADD.

import * as v from "valibot";

type Run = v.ObjectSchema<v.ObjectEntries, undefined>["~run"];
type Config = Parameters<Run>[1];

interface Field {
  readonly key: string;
  readonly schema: v.ObjectEntries[string];
  /** May be missing. */
  readonly optional: boolean;
  /** What stands for it where it is missing, checked when the component was built. */
  readonly fallback: unknown;
}

/** As `v.object`. Only where an object does not fit is it read by valibot's own way, for the complaint. */
export function object<const E extends v.ObjectEntries>(entries: E): v.ObjectSchema<E, undefined>;
export function object<const E extends v.ObjectEntries>(entries: E, message: string): v.ObjectSchema<E, string>;
export function object(entries: v.ObjectEntries, message?: string) {
  const schema = v.object(entries, message);
  const fields = Object.entries(entries).map(fieldOf);
  const thorough = schema["~run"];
  const run: Run = function (this: typeof schema, dataset, config) {
    // A schema that valibot made of this one has other entries.
    if (this.entries !== entries) return thorough.call(this, dataset, config);
    const value = quick(fields, dataset.value, config);
    if (value === undefined) return thorough.call(this, dataset, config);
    return { typed: true, value };
  };
  return Object.assign(schema, { "~run": run });
}

function fieldOf([key, schema]: [string, v.ObjectEntries[string]]): Field {
  const optional = schema.type === "optional" || schema.type === "exact_optional";
  const hasDefault = optional && "default" in schema && schema.default !== undefined;
  return {
    key,
    schema,
    optional,
    fallback: hasDefault ? v.parse(schema as v.GenericSchema, schema.default) : undefined,
  };
}

/** The object as the fields have it; undefined where something in it does not fit. */
function quick(fields: readonly Field[], input: unknown, config: Config): Record<string, unknown> | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const output: Record<string, unknown> = {};
  for (const { key, schema, optional, fallback } of fields) {
    const value = (input as Record<string, unknown>)[key];
    if (value === undefined) {
      if (!optional || key in input) return undefined;
      if (fallback !== undefined) output[key] = fallback;
      continue;
    }
    const result = schema["~run"]({ value }, config) as { value: unknown; issues?: unknown };
    if (result.issues !== undefined) return undefined;
    output[key] = result.value;
  }
  return output;
}
