import { assertEquals } from "@std/assert";
import { readStatus } from "./netlink_error.ts";
import { NetlinkMessage, NLMSG_DONE, NLMSG_ERROR, readMessages } from "./netlink_message.ts";

function status(type: number, flags: number, errno: number, fill: (message: NetlinkMessage) => void) {
  const message = new NetlinkMessage(type, flags).u32(-errno >>> 0);
  fill(message);
  return readStatus(readMessages(message.finish(1))[0]!);
}

const header = (message: NetlinkMessage, length: number) => message.u32(length).u32(0).u32(0).u32(0);

Deno.test("readStatus() finds the words and the offset behind a capped request", () => {
  const error = status(NLMSG_ERROR, 0x300, 17, (m) => header(m, 400).string(1, "File exists there").attrU32(2, 44));
  assertEquals([error?.errno, error?.text, error?.offset], [17, "File exists there", 44]);
});

Deno.test("readStatus() finds them behind a whole request", () => {
  const error = status(NLMSG_ERROR, 0x200, 22, (m) => header(m, 24).u32(1).u32(2).string(1, "no"));
  assertEquals([error?.errno, error?.text, error?.offset], [22, "no", undefined]);
});

Deno.test("readStatus() finds them in the end of a dump", () => {
  const error = status(NLMSG_DONE, 0x202, 2, (m) => m.string(1, "table does not exist"));
  assertEquals([error?.errno, error?.text], [2, "table does not exist"]);
});

Deno.test("readStatus() takes an ACK, and anything too short, as success", () => {
  assertEquals(status(NLMSG_ERROR, 0x100, 0, (m) => header(m, 20)), undefined);
  assertEquals(
    readStatus({ type: NLMSG_ERROR, flags: 0, sequence: 1, port: 0, payload: new Uint8Array(3) }),
    undefined,
  );
});

Deno.test("readStatus() does without words that the kernel cut off", () => {
  const error = status(NLMSG_ERROR, 0x200, 1, (m) => header(m, 0xffffff));
  assertEquals([error?.errno, error?.text], [1, undefined]);
});
