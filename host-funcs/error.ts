// The one error that host functions throw on purpose. Anything else that comes out of a host function is a defect of
// the host, and ends the plugin's call as a trap.

import type { ErrorCode, HostError } from "cnidaria:cni/types@0.3.0";

/**
 * A typed refusal or failure of a host function. `payload` is what crosses into the component as the `err` case of the
 * function's `result`: both engines look for a property of that name.
 */
export class HostCallError extends Error {
  override readonly name = "HostCallError";
  readonly payload: HostError;

  /**
   * @param code what a plugin can decide by
   * @param message what failed, on what, why, and what to do: a sentence for a person
   * @param errno the kernel's errno, where there was one
   */
  constructor(code: ErrorCode, message: string, errno?: number) {
    super(message);
    this.payload = errno === undefined ? { code, message } : { code, message, errno };
  }

  get code(): ErrorCode {
    return this.payload.code;
  }
}
