// Verbs of plugins with all their host calls, as a file: a test that needs neither root nor a kernel.

import * as v from "valibot";
import type { VerbRun } from "./call_recorder.ts";

/** Of the file; another one has another number. */
const FORMAT = 1;

const callSchema = v.object({
  function: v.string(),
  args: v.array(v.unknown()),
  result: v.optional(v.unknown()),
  /** What the component got as an error: the contract's `host-error` or `cni-error`. */
  error: v.optional(v.unknown()),
});

const runSchema = v.object({
  plugin: v.string(),
  verb: v.picklist(["add", "check", "del", "gc", "status"]),
  args: v.array(v.unknown()),
  calls: v.array(callSchema),
  result: v.optional(v.unknown()),
  error: v.optional(v.unknown()),
});

const schema = v.object({ format: v.literal(FORMAT), runs: v.array(runSchema) });

export type RecordedCall = v.InferOutput<typeof callSchema>;
export type RecordedRun = v.InferOutput<typeof runSchema>;

/** The text of a file. A run that a limit or a trap ended cannot be replayed, and is left out. */
export function formatRecording(runs: readonly VerbRun[]): string {
  const recorded = runs.filter((run) => run.thrown === undefined || payloadOf(run.thrown) !== undefined).map((run) => ({
    plugin: run.plugin,
    verb: run.verb,
    args: run.args,
    calls: run.calls.map((call) => ({
      function: call.function,
      args: call.args,
      ...ended(call),
    })),
    ...ended(run),
  }));
  return JSON.stringify({ format: FORMAT, runs: recorded }, written, 2) + "\n";
}

/** @throws {Error} with a sentence, if it is no recording */
export function parseRecording(text: string, path: string): RecordedRun[] {
  let json: unknown;
  try {
    json = JSON.parse(text, read);
  } catch (error) {
    throw new Error(`Cannot replay ${path} as it is no JSON: ${(error as Error).message}`);
  }
  const checked = v.safeParse(schema, json, { abortEarly: true });
  if (checked.success) return checked.output.runs;
  const [issue] = checked.issues;
  throw new Error(
    `Cannot replay ${path} as it is no recording of format ${FORMAT}: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`,
  );
}

/** What a component gets of an error that is thrown. */
function payloadOf(thrown: unknown): unknown {
  return (thrown as { payload?: unknown } | undefined)?.payload;
}

function ended({ result, thrown }: { result?: unknown; thrown?: unknown }): { result?: unknown; error?: unknown } {
  if (thrown !== undefined) return { error: payloadOf(thrown) };
  return result === undefined ? {} : { result };
}

/** A u64 is a bigint, which JSON has not. */
function written(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? { $u64: String(value) } : value;
}

function read(_key: string, value: unknown): unknown {
  const text = (value as { $u64?: unknown } | null)?.$u64;
  return typeof text === "string" ? BigInt(text) : value;
}
