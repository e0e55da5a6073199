// Runs a component again with the answers that a recording has. Where it calls something else, the first call that
// differs is named.

import { ComponentError, type HostFunction, type Imports, type LoadedComponent } from "../engine/engine.ts";
import type { Limits } from "../engine/engine.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { factoriesOf } from "../plugin/link.ts";
import { qualifiedName } from "../../host-funcs/wit/contract.ts";
import { type InterfaceName, interfacesOf } from "../plugin/manifest.ts";
import type { RecordedCall, RecordedRun } from "./recording.ts";

/** What a replay comes to. */
export interface Replay {
  /** A sentence on what differs first; undefined where nothing does. */
  readonly difference: string | undefined;
  /** Host calls that were as recorded. */
  readonly calls: number;
  /** Units of fuel, where the engine counts them. */
  readonly fuel: number | undefined;
}

/** Thrown into the component in place of an answer. */
class Differs extends Error {}

/** Of what the recording has as an error: both engines look for `payload`. */
class Recorded extends Error {
  constructor(readonly payload: unknown) {
    super("an error of the recording");
  }
}

/**
 * Runs one verb again.
 *
 * @throws {EngineError} where the component ends by a trap or a limit, and not by a call that differs
 */
export function replay(component: LoadedComponent, run: RecordedRun, limits: Limits): Replay {
  let made = 0;
  let difference: string | undefined;
  const answer = (name: string, args: readonly unknown[]): unknown => {
    const expected = run.calls[made];
    difference ??= differenceOf(made + 1, expected, name, args);
    if (difference !== undefined) throw new Differs(difference);
    made++;
    if (expected!.error !== undefined) throw new Recorded(expected!.error);
    return structuredClone(expected!.result);
  };
  const instance = component.instantiate(importsOf(component, answer), limits);
  try {
    let result: unknown;
    let error: unknown;
    try {
      result = instance.call(qualifiedName("cni"), run.verb, run.args);
    } catch (cause) {
      if (cause instanceof ComponentError) error = cause.payload;
      else if (difference === undefined) throw cause;
    }
    difference ??= endDifference(run, made, { result, error });
    return { difference, calls: made, fuel: difference === undefined ? instance.fuelUsed() : undefined };
  } finally {
    instance.close();
  }
}

/** Every function of every interface that the component imports. */
function importsOf(component: LoadedComponent, answer: (name: string, args: readonly unknown[]) => unknown): Imports {
  return Object.fromEntries(
    interfacesOf("replay", component.imports).map((name) => {
      const functions = functionNames(name).map((key): [string, HostFunction] => [
        key,
        (...args: unknown[]) => answer(`${name}.${key}`, args),
      ]);
      return [qualifiedName(name), Object.fromEntries(functions)];
    }),
  );
}

const VERBS = ["add", "check", "del", "gc", "status"];

/** Names of an interface's functions. Those of host functions are read off what makes them, which calls none. */
function functionNames(name: InterfaceName): string[] {
  if (name === "ipam" || name === "delegate") return VERBS;
  if (name === "log") return ["write"];
  const nowhere = { attachment: { network: "", containerId: "", ifname: "" }, args: [], config: {} };
  return Object.keys(factoriesOf([name]).get(name)!(nowhere as unknown as HostContext));
}

function differenceOf(
  number: number,
  expected: RecordedCall | undefined,
  name: string,
  args: readonly unknown[],
): string | undefined {
  const now = `${name}(${textOf(args)})`;
  if (expected === undefined) return `call ${number} is one more than was recorded: ${now}`;
  const then = `${expected.function}(${textOf(expected.args)})`;
  return now === then ? undefined : `call ${number} differs: recorded was ${then}, now it is ${now}`;
}

function endDifference(
  run: RecordedRun,
  made: number,
  now: { result?: unknown; error?: unknown },
): string | undefined {
  const missing = run.calls[made];
  if (missing !== undefined) {
    return `call ${made + 1} is missing: recorded was ${missing.function}(${textOf(missing.args)})`;
  }
  if ((run.error === undefined) !== (now.error === undefined)) {
    return now.error === undefined
      ? `it succeeds, recorded was the error ${plain(run.error)}`
      : `it ends with the error ${plain(now.error)}, recorded was success`;
  }
  const [then, ends] = run.error === undefined ? [run.result, now.result] : [run.error, now.error];
  if (plain(then) === plain(ends)) return undefined;
  const what = run.error === undefined ? "result" : "error";
  return `its ${what} differs: recorded was ${plain(then)}, now it is ${plain(ends)}`;
}

function textOf(args: readonly unknown[]): string {
  // JSON has no undefined: what was left out is null in a recording.
  return args.map((arg) => plain(arg ?? null)).join(", ");
}

/** JSON with keys in their order, without what is undefined: as engines differ in both. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_key, it) => {
    if (typeof it === "bigint") return Number(it);
    if (typeof it !== "object" || it === null || Array.isArray(it)) return it;
    return Object.fromEntries(Object.entries(it).filter(([, each]) => each !== undefined).toSorted());
  }) ?? "nothing";
}
