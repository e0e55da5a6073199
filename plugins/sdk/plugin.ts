// The frame of a plugin: five verbs in, the component's `cni` export out.

import type { Attachment, AttachmentId, CniResult } from "cnidaria:cni/types@0.3.0";
import { plainAttachment } from "./attachment.ts";
import { toCniError } from "./host_error.ts";

/**
 * The verbs of a plugin. A verb that ends with an error throws: a `CniError`, or whatever a host function threw.
 * `config` is the network configuration as JSON text, see `parseConfig`.
 */
export interface Verbs {
  add(at: Attachment, config: string): CniResult;
  check?(at: Attachment, config: string): void;
  del?(at: Attachment, config: string): void;
  gc?(network: string, config: string, valid: AttachmentId[]): void;
  status?(network: string, config: string): void;
}

/** What the component exports as `cni`. */
export interface CniExport extends Required<Verbs> {}

/** `run`, with errors that say what was being done. */
function verb<A extends [unknown, ...unknown[]], R>(
  run: ((...args: A) => R) | undefined,
  doing: (first: A[0]) => string,
): (...args: A) => R {
  return (...args) => {
    try {
      return run?.(...args) as R;
    } catch (error) {
      throw toCniError(error, doing(args[0]));
    }
  };
}

/** As `verb`, for those of an attachment. A verb that is left out does not even look at it. */
function verbOf<R>(
  run: ((at: Attachment, config: string) => R) | undefined,
  what: string,
): (at: Attachment, config: string) => R {
  const plain = run && ((at: Attachment, config: string) => run(plainAttachment(at), config));
  return verb(plain, (at) => `${what} ${at.ifname} of container ${at.containerId}`);
}

/**
 * Makes the `cni` export of a plugin. A verb that is left out succeeds. Whatever a verb throws reaches the runtime as an
 * error with a code and a sentence; no error is lost in a trap.
 *
 * @example
 * ```ts
 * import { definePlugin } from "./plugin.ts";
 * import { emptyResult } from "./result.ts";
 *
 * export const cni = definePlugin({ add: () => emptyResult() });
 * ```
 */
export function definePlugin(verbs: Verbs): CniExport {
  return {
    add: verbOf(verbs.add, "attach"),
    check: verbOf(verbs.check, "check"),
    del: verbOf(verbs.del, "detach"),
    gc: verb(verbs.gc, (network) => `collect garbage of network ${network}`),
    status: verb(verbs.status, (network) => `report the status of network ${network}`),
  };
}
