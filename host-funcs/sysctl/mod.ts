// The `sysctl` interface of the contract.

import type * as Sysctl from "cnidaria:cni/sysctl@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { orTakeBack } from "../take_back.ts";
import { canBePutBack, putBackParameter, readParameter, sameValue, writeParameter } from "./file.ts";
import { sysctlPath } from "./keys.ts";

/** The host functions of `cnidaria:cni/sysctl`, for one call. */
export function createSysctl(context: HostContext): typeof Sysctl {
  return {
    get: (ns, key) => readParameter(context, ns, sysctlPath(ns, key)),
    set: (ns, key, value) => setParameters(context, ns, [{ key, value }]),
    setAll: (ns, parameters) => setParameters(context, ns, parameters),
  };
}

/** See `set-all` of the contract. One that is missing, or could not be put back, is noticed before any is set. */
function setParameters(context: HostContext, ns: Ns, parameters: readonly Sysctl.Parameter[]): void {
  const wanted = parameters.map((parameter) => ({ ...parameter, path: sysctlPath(ns, parameter.key) }));
  const present = new Map(wanted.map(({ path }) => [path, readParameter(context, ns, path)]));
  for (const { key, value, path } of wanted) {
    const before = present.get(path)!;
    if (sameValue(before, value) || canBePutBack(before)) continue;
    throw new HostCallError(
      "unsupported",
      `Cannot set the kernel parameter ${key} as its present value is too long to be put back: ` +
        `it has ${before.length} characters`,
    );
  }
  const written: { path: string; before: string }[] = [];
  orTakeBack(context, () => {
    for (const { key, value, path } of wanted) {
      const before = present.get(path)!;
      // Also where it is so already: the attachment relies on it from now on.
      context.record({ kind: "sysctl-set", ns, key, before, value });
      if (sameValue(before, value)) continue;
      writeParameter(context, ns, path, value);
      written.push({ path, before });
      present.set(path, value);
    }
  }, (quiet) => {
    for (const { path, before } of written.toReversed()) putBackParameter(quiet, ns, path, before);
  });
}
