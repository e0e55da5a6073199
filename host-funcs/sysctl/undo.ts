import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { isShared } from "../links/undo.ts";
import { putBackParameter, readParameter, sameValue } from "./file.ts";
import { linkOf, sysctlPath } from "./keys.ts";

/**
 * Puts a value back as it was. A parameter of the whole node (`net/ipv4/ip_forward`) stays: other pods rely on it since
 * it was set. So does one of a bridge that others have joined.
 */
export function undoSysctlChange(context: HostContext, change: Extract<Change, { kind: "sysctl-set" }>): void {
  const { ns, key, before, value } = change;
  if (value !== undefined && sameValue(before, value)) return;
  if (ns === "host") {
    const link = linkOf(key);
    if (link === undefined || isShared(context, ns, link)) return;
  }
  const path = sysctlPath(ns, key);
  if (readParameter(context, ns, path) !== before) putBackParameter(context, ns, path, before);
}
