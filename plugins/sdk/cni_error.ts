// The error that a plugin ends a verb with (CNI spec 1.1.0, "Error").

import type { CniError as CniErrorRecord } from "cnidaria:cni/types@0.3.0";

/** Error codes of the CNI specification 1.1.0; 100 and above are a plugin's own. */
export const ErrorCodes = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  io: 5,
  decoding: 6,
  invalidConfig: 7,
  tryAgainLater: 11,
  notAvailable: 50,
  /** Existing containers may have limited connectivity as well. */
  notAvailableLimited: 51,
  /** The attachment is not as its ADD left it (CHECK). */
  checkFailed: 100,
  /** The address that was asked for is held by another attachment, or cannot be given. */
  addressTaken: 101,
  /** The plugin itself is at fault; upstream's `types.ErrInternal`. */
  internal: 999,
} as const;

/**
 * Thrown by a verb, it becomes the `err` case of the verb's result: what has a `payload` crosses the component's border,
 * anything else would be a trap without a word.
 */
export class CniError extends Error {
  override readonly name = "CniError";
  readonly payload: CniErrorRecord;

  /**
   * @param code see {@linkcode ErrorCodes}
   * @param msg what failed, on what, why, what to do: one sentence
   * @param details more, for who wants to know
   */
  constructor(code: number, msg: string, details = "") {
    super(msg);
    this.payload = { code, msg, details };
  }

  get code(): number {
    return this.payload.code;
  }
}
