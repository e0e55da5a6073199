import { assertEquals } from "@std/assert";
import type { Change } from "../change.ts";
import { NetlinkMessage, readMessages } from "../sys/netlink_message.ts";
import { AF_BRIDGE, IFLA_AF_SPEC, RTM_NEWLINK } from "./link_message.ts";
import { outstanding } from "./vlan_drift.ts";
import { readVlans } from "./vlan_list.ts";

/** As the kernel writes it (br_fill_ifvlaninfo): flags, number. */
function answer(index: number, vlans: readonly [flags: number, vlan: number][]) {
  const message = new NetlinkMessage(RTM_NEWLINK).u8(AF_BRIDGE, 0).u16(0).u32(index).u32(0).u32(0)
    .nest(IFLA_AF_SPEC, (spec) => {
      for (const [flags, vlan] of vlans) spec.bytes(2, Uint8Array.of(flags, 0, vlan & 0xff, vlan >> 8));
    });
  return readMessages(message.finish(1, 0))[0]!;
}

Deno.test("readVlans() reads each VLAN of a port", () => {
  assertEquals(readVlans(answer(7, [[6, 100], [0, 1000]])), [7, [
    { vlan: 100, pvid: true, untagged: true },
    { vlan: 1000, pvid: false, untagged: false },
  ]]);
  assertEquals(readVlans(answer(8, [])), [8, []]);
  assertEquals(readVlans({ ...answer(8, []), payload: new Uint8Array(8) }), undefined);
});

const range = (first: number, last: number, pvid = false) => ({ first, last, pvid, untagged: pvid });
const tagged = (vlan: number) => ({ vlan, pvid: false, untagged: false });

Deno.test("outstanding() names the ranges that are not as they were set", () => {
  const added: Change & { kind: "vlans-added" } = {
    kind: "vlans-added",
    name: "veth0",
    vlans: [range(10, 12), range(100, 100, true)],
  };
  const all = [tagged(10), tagged(11), tagged(12), { vlan: 100, pvid: true, untagged: true }];
  assertEquals(outstanding(all, added), []);
  assertEquals(outstanding(all.filter(({ vlan }) => vlan !== 11), added), [range(10, 12)]);
  assertEquals(outstanding([...all.slice(0, 3), tagged(100)], added), [range(100, 100, true)]);
});

Deno.test("outstanding() names the ranges that are there again after they were removed", () => {
  const removed: Change & { kind: "vlans-removed" } = {
    kind: "vlans-removed",
    name: "veth0",
    vlans: [range(1, 1, true), range(5, 6)],
  };
  assertEquals(outstanding([tagged(10)], removed), []);
  assertEquals(outstanding([tagged(1), tagged(6)], removed), removed.vlans);
});
