// A call that its caller has given to another process must not begin here any more.

import { CniFailure } from "../cni/failure.ts";
import type { Call } from "./call.ts";

/**
 * To be asked under the lock of what the call changes: whoever runs it instead waits for that lock.
 *
 * @throws {CniFailure} `interrupted`
 */
export function notWithdrawn({ caller, parameters: { command } }: Pick<Call, "caller" | "parameters">): void {
  if (!caller.isGone()) return;
  throw new CniFailure("interrupted", `Cannot begin ${command} as its caller has gone`, "nothing was changed");
}
