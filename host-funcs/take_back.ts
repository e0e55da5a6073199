// A host function that fails leaves nothing half done: what it recorded is struck out by its caller, so nobody else
// would take it back.

import type { HostContext } from "./context.ts";

/**
 * Runs `work`; if it fails, `back` takes back what was done of it, and the error is handed on.
 *
 * @param back gets a context that records nothing; where it fails as well, the log says so
 */
export function orTakeBack<T>(context: HostContext, work: () => T, back: (context: HostContext) => void): T {
  try {
    return work();
  } catch (error) {
    try {
      back(withoutRecording(context));
    } catch (second) {
      context.log("error", `Taking back a call that failed: ${second instanceof Error ? second.message : second}`);
    }
    throw error;
  }
}

/** The same call, whose changes are not written down: for taking changes back. */
export function withoutRecording(context: HostContext): HostContext {
  const { attachment, args, config } = context;
  return {
    attachment,
    args,
    config,
    namespace: (ns) => context.namespace(ns),
    netlink: (ns) => context.netlink(ns),
    database: () => context.database(),
    record: () => {},
    log: (level, message) => context.log(level, message),
    ...context.standIn === undefined ? {} : { standIn: context.standIn },
  };
}
