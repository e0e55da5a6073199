// The messages, held to what tc(8) of iproute2 6.1 sends for the same (recorded with strace), but for the tables of rates,
// which tbf does not read and of which a policer needs the beginning.

import { assertEquals } from "@std/assert";
import { received } from "../planned/received.ts";
import { Attributes, type NetlinkMessage, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { ingressMessage, policeMessage, redirectMessage, tbfMessage, TCA_OPTIONS } from "./tc_message.ts";
import { readFilter, readQdisc } from "./tc_reading.ts";

const HEADER_LENGTH = 20;
const INDEX = 3;
const IFB = 4;

/** Header of the family without the link's index, and kind and options, as hexadecimal digits. */
function parts(message: NetlinkMessage) {
  const { payload } = received(message);
  const attributes = new Attributes(payload, HEADER_LENGTH);
  return { header: payload.subarray(8, 20).toHex(), options: attributes.nested(TCA_OPTIONS), index: payload[4] };
}

Deno.test("a token bucket: tc qdisc add root handle 1: tbf rate 8mbit burst 15140 latency 25ms", () => {
  const { header, options, index } = parts(tbfMessage(INDEX, { rate: 1_000_000, burst: 15_140 }, NLM_F_EXCL));
  assertEquals([index, header], [INDEX, "00000100ffffffff00000000"]);
  const sent = options!.bytes(1)!;
  // tc gives a cell's size for its table; limit and buffer are the same.
  assertEquals(sent.toHex(), `0001000000000000${"40420f00"}${"00".repeat(12)}cc9c0000129c030000000000`);
  assertEquals(options!.u32(6), 15_140);
  assertEquals(options!.has(4), false);
});

Deno.test("a redirection: tc filter add parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect", () => {
  const message = redirectMessage(INDEX, IFB, NLM_F_EXCL);
  const { header, options } = parts(message);
  assertEquals(header, "000000000000ffff00030100");
  const action = options!.nested(7)!.nested(1)!;
  assertEquals(action.string(1), "mirred");
  const mirred = "0000000000000000040000000000000000000000" + "01000000" + "04000000";
  assertEquals(action.nested(2)!.bytes(2)!.toHex(), mirred);
  assertEquals(options!.bytes(5)!.toHex(), "01000100" + "00".repeat(28));
  assertEquals(readFilter(received(message)), { kind: "mirred", to: IFB });
});

Deno.test("a policer: tc filter add … action police rate 8mbit burst 65536 drop", () => {
  const message = policeMessage(INDEX, { rate: 1_000_000, burst: 65_536 }, NLM_F_EXCL);
  const { header, options } = parts(message);
  assertEquals(header, "000000000000ffff00030100");
  const action = options!.nested(7)!.nested(1)!;
  assertEquals(action.string(1), "police");
  const police = action.nested(2)!;
  // tc leaves the MTU to the kernel, which then takes that of its table and drops what is larger than 2040 bytes.
  const [beforeMtu, rate] = ["0000000002000000000000000" + "0a00f00", "03010000ffff000040420f00"];
  assertEquals(police.bytes(1)!.toHex(), `${beforeMtu}ffffffff${rate}${"00".repeat(24)}`);
  assertEquals(police.bytes(2)!.length, 1024);
  assertEquals(police.bytes(2)!.subarray(0, 16).toHex(), "7d000000fa00000077010000f4010000");
  assertEquals(readFilter(received(message)), { kind: "police", rate: 1_000_000, ticks: 1_024_000 });
});

Deno.test("rates above 32 bits, and what is read back", () => {
  const rate = 12_500_000_000;
  const tbf = readQdisc(received(tbfMessage(INDEX, { rate, burst: 1_000_000 }, NLM_F_EXCL)));
  assertEquals([tbf.kind, tbf.handle, tbf.rate], ["tbf", 0x1_0000, rate]);
  const police = readFilter(received(policeMessage(INDEX, { rate, burst: 1_000_000 }, NLM_F_EXCL)));
  assertEquals(police?.kind === "police" && police.rate, rate);
  assertEquals(readQdisc(received(ingressMessage(INDEX, NLM_F_EXCL))), { kind: "ingress", handle: 0xffff_0000 });
});
