// The `sysctl` interface of the contract.

import type * as Sysctl from "cnidaria:cni/sysctl@0.3.0";
import type { HostContext } from "../context.ts";
import { readParameter, writeParameter } from "./file.ts";
import { sysctlPath } from "./keys.ts";

/** The host functions of `cnidaria:cni/sysctl`, for one call. */
export function createSysctl(context: HostContext): typeof Sysctl {
  return {
    get: (ns, key) => readParameter(context, ns, sysctlPath(key)),
    set(ns, key, value) {
      const path = sysctlPath(key);
      const before = readParameter(context, ns, path);
      // Also where it is so already: the attachment relies on it from now on.
      context.record({ kind: "sysctl-set", ns, key, before, value });
      if (before !== value) writeParameter(context, ns, path, value);
    },
  };
}
