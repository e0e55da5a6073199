// Kernel parameters against what they were set to, and setting them again.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { Reading } from "../reading.ts";
import { putBackParameter, readParameter, sameValue } from "./file.ts";
import { sysctlPath } from "./keys.ts";

type SysctlChange = Extract<Change, { kind: "sysctl-set" }>;

/** `net/ipv4/ip_forward (host) is 0, not 1`. */
export function sysctlDifferences(now: Reading, { ns, key, value }: SysctlChange): string[] {
  if (value === undefined) return [];
  const present = valueOf(now, ns, key);
  if (present === undefined) return [`${key} (${ns}) is gone: is its link missing, or IPv6 off?`];
  return sameValue(present, value) ? [] : [`${key} (${ns}) is ${present}, not ${value}`];
}

/** @throws {HostCallError} `not-found` where there is no such parameter any more */
export function redoSysctlChange(context: HostContext, { ns, key, value }: SysctlChange): void {
  if (value === undefined) return;
  // Whatever is there now was not there at the ADD, and is nothing to go back to.
  const path = sysctlPath(ns, key);
  if (!sameValue(readParameter(context, ns, path), value)) putBackParameter(context, ns, path, value);
}

function valueOf(now: Reading, ns: SysctlChange["ns"], key: string): string | undefined {
  return now.shared(ns, `parameter ${key}`, () => read(now.context, ns, key));
}

function read(context: HostContext, ns: SysctlChange["ns"], key: string): string | undefined {
  try {
    return readParameter(context, ns, sysctlPath(ns, key));
  } catch (error) {
    if (error instanceof HostCallError && error.code === "not-found") return undefined;
    throw error;
  }
}
