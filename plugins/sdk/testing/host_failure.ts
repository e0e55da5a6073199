// Errors as the real host functions throw them.

import type { ErrorCode, HostError } from "cnidaria:cni/types@0.3.0";

/** What a fake host function throws: its `payload` is the err case. */
export class HostFailure extends Error {
  override readonly name = "HostFailure";
  readonly payload: HostError;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.payload = { code, message };
  }
}
