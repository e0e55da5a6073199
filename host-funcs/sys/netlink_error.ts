// NLMSG_ERROR and the status of NLMSG_DONE, with the extended ACK. Pure.
// Source: include/uapi/linux/netlink.h (struct nlmsgerr, enum nlmsgerr_attrs).

import { KernelError } from "./errno.ts";
import { Attributes, NLMSG_ERROR, type ReceivedMessage } from "./netlink_message.ts";

const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
const NLMSGERR_ATTR_OFFS = 2;

/** What an ACK, or the end of a dump, says: undefined for success. */
export function readStatus(message: ReceivedMessage): KernelError | undefined {
  const { payload, flags } = message;
  if (payload.length < 4) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const errno = -view.getInt32(0, true);
  if (errno <= 0) return undefined;
  if (!(flags & NLM_F_ACK_TLVS)) return new KernelError(errno);
  let offset = 4;
  if (message.type === NLMSG_ERROR && payload.length >= 8) {
    // The header of the request is repeated, and all of the request unless it was capped.
    offset += flags & NLM_F_CAPPED ? 16 : (view.getUint32(4, true) + 3) & ~3;
  }
  const attributes = new Attributes(payload, offset);
  return new KernelError(errno, attributes.string(NLMSGERR_ATTR_MSG), attributes.u32(NLMSGERR_ATTR_OFFS));
}
