// What an attachment's device is called.

import type { AttachmentKey } from "../context.ts";
import { fileNameOf } from "../state/file_name.ts";

/** That of upstream's plugin. */
const PREFIX = "bwp";
/** As many as a link's name has room for. */
const DIGITS = 12;

/** The name of an attachment's device. */
export function ifbName({ network, containerId, ifname }: AttachmentKey): string {
  return PREFIX + fileNameOf([network, containerId, ifname]).slice(0, DIGITS);
}
