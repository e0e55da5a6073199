// Reads a network configuration. Every complaint names the key, what was expected there, and what was found.

import * as v from "valibot";
import { absent } from "./absent.ts";
import { CniError, ErrorCodes } from "./cni_error.ts";

type Schema = v.GenericSchema<unknown, unknown>;

/**
 * The configuration that `text` holds, by `schema`. Keys that the schema does not name are dropped; a key
 * whose value is null counts as not given, as in upstream's plugins.
 *
 * @throws {CniError} code 6 if it is no JSON object, code 7 naming every key that is wrong
 */
export function parseConfig<S extends Schema>(schema: S, text: string): v.InferOutput<S> {
  const object = parseObject(text);
  return validate(schema, text.includes("null") ? absent(object) : object, "network configuration");
}

/** The JSON object that `text` holds, unchecked. @throws {CniError} code 6 */
export function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CniError(
      ErrorCodes.decoding,
      `Cannot read the network configuration as it is no JSON: ${(error as Error).message}`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CniError(
      ErrorCodes.decoding,
      `Cannot read the network configuration as it is no JSON object: ${show(value)}`,
    );
  }
  return value as Record<string, unknown>;
}

/** `value` by `schema`. @throws {CniError} code 7 naming every key that is wrong */
export function validate<S extends Schema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const complaints = parsed.issues.map(complaint);
  throw invalidConfig(complaints.join("; "), what);
}

/** The error for a configuration whose values don't go together. `complaint` names the keys and their values. */
export function invalidConfig(complaint: string, what = "network configuration"): CniError {
  return new CniError(ErrorCodes.invalidConfig, `Cannot use the ${what}: ${complaint}`);
}

/** `ipam.ranges[0][1].rangeStart must be an IP address, but is "10.1"`. */
function complaint(issue: v.BaseIssue<unknown>): string {
  const key = keyOf(issue.path ?? []);
  return issue.input === undefined
    ? `${key} is missing`
    : `${key} must be ${issue.message}, but is ${show(issue.input)}`;
}

function keyOf(path: readonly { key?: unknown }[]): string {
  let key = "";
  for (const step of path) {
    key += typeof step.key === "number" ? `[${step.key}]` : key === "" ? String(step.key) : `.${step.key}`;
  }
  return key === "" ? "it" : key;
}

/** A value in a message: JSON, cut off where it is long. */
export function show(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 120 ? `${json.slice(0, 117)}...` : json;
}
