// What a chained plugin and CHECK go by: the result before, and an error with all that differs from it.

import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";
import { CniError, ErrorCodes } from "./cni_error.ts";

/**
 * In ADD the result of the plugin before, in CHECK that of the attachment's ADD.
 *
 * @throws {CniError} code 7 if the runtime gave none
 */
export function previousResult(at: Attachment): CniResult {
  if (at.prevResult !== undefined) return at.prevResult;
  throw new CniError(
    ErrorCodes.invalidConfig,
    `Cannot go on with ${at.ifname} of container ${at.containerId} as prevResult is missing in the configuration: ` +
      "a plugin that makes the interface has to come before",
  );
}

/** @throws {CniError} code 100 with all differences, if there are any */
export function refuseDifferences(at: Attachment, differences: readonly string[]): void {
  if (differences.length === 0) return;
  throw new CniError(
    ErrorCodes.checkFailed,
    `Attachment ${at.ifname} of container ${at.containerId} to network ${at.network} is not as its ADD left it: ` +
      differences.join("; "),
  );
}
