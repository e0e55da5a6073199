// An error result, as section 5 has it.

import { isObject } from "../cli/libcni/network_list.ts";
import { expect, Wrong } from "./case.ts";
import { type Outcome, said } from "./process.ts";

export interface ErrorResult extends Record<string, unknown> {
  readonly code: number;
  readonly msg: string;
}

/**
 * The error that a plugin answered.
 *
 * @param codes that the specification has for it; codes from 100 on are a plugin's own, and taken where `own` is true
 * @throws {Wrong} where it succeeded, wrote no error result, or another code
 */
export function errorOf(outcome: Outcome, codes: readonly number[] = [], own = false): ErrorResult {
  expect(outcome.code !== 0 && !outcome.late, `no failure, but ${said(outcome)}`);
  let error: unknown;
  try {
    error = JSON.parse(outcome.stdout);
  } catch {
    throw new Wrong(`stdout is not one JSON object: ${said(outcome)}`);
  }
  expect(isObject(error), `the error is no object: ${said(outcome)}`);
  expect(Number.isInteger(error.code) && (error.code as number) > 0, `"code" is no positive number: ${said(outcome)}`);
  expect(typeof error.msg === "string" && error.msg !== "", `"msg" is no text: ${said(outcome)}`);
  const right = codes.length === 0 || codes.includes(error.code as number) || (own && (error.code as number) >= 100);
  expect(right, `code ${error.code}: ${error.msg}`);
  return error as ErrorResult;
}

/** The failure of a verb. @throws {Wrong} with `found` where it succeeded */
export async function failureOf(verb: Promise<unknown>, found: string): Promise<Error> {
  const failure = await verb.then(() => undefined, (error: Error) => error);
  expect(failure !== undefined, found);
  if (failure instanceof Wrong) return failure;
  throw failure;
}
