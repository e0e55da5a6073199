// The bytes that `ip link add` sends for the same: the attributes of include/uapi/linux/if_link.h, in that order.

import { assertEquals } from "@std/assert";
import { Attributes } from "../sys/netlink_message.ts";
import { type ChildAttributes, type ChildKind, childMessage, readChild } from "./child_message.ts";

const HEADER = "10 00 01 06 00 00 00 00 00 00 00 00"; // RTM_NEWLINK; REQUEST, EXCL, CREATE
const IFINFO = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
const NAME = "09 00 03 00 65 74 68 30 00 00 00 00"; // IFLA_IFNAME "eth0"
const LINK = "08 00 05 00 07 00 00 00"; // IFLA_LINK 7
const on7: ChildAttributes = { name: "eth0", parentIndex: 7 };

const rows: [string, ChildKind, ChildAttributes, string][] = [
  [
    "ip link add eth0 link PARENT type ipvlan mode l3s",
    { tag: "ipvlan", val: "l3s" },
    on7,
    // IFLA_LINKINFO { IFLA_INFO_KIND "ipvlan", IFLA_INFO_DATA { IFLA_IPVLAN_MODE u16 2 } }
    `${NAME} ${LINK} 1c 00 12 80 0b 00 01 00 69 70 76 6c 61 6e 00 00 0c 00 02 80 06 00 01 00 02 00 00 00`,
  ],
  [
    "ip link add eth0 link PARENT mtu 1400 netns FD type ipvlan mode l2",
    { tag: "ipvlan", val: "l2" },
    { ...on7, netnsFd: 9, mtu: 1400 },
    `${NAME} ${LINK} 08 00 1c 00 09 00 00 00 08 00 04 00 78 05 00 00 ` +
    "1c 00 12 80 0b 00 01 00 69 70 76 6c 61 6e 00 00 0c 00 02 80 06 00 01 00 00 00 00 00",
  ],
  [
    "ip link add eth0 link PARENT type vlan id 4094",
    { tag: "vlan", val: 4094 },
    on7,
    // IFLA_INFO_KIND "vlan", IFLA_INFO_DATA { IFLA_VLAN_ID u16 }
    `${NAME} ${LINK} 1c 00 12 80 09 00 01 00 76 6c 61 6e 00 00 00 00 0c 00 02 80 06 00 01 00 fe 0f 00 00`,
  ],
  [
    "ip link add eth0 link PARENT address MAC type macvlan mode bridge bcqueuelen 500",
    { tag: "macvlan", val: "bridge", broadcastQueue: 500 },
    { ...on7, mac: Uint8Array.of(2, 0, 0, 0, 0, 9) },
    // IFLA_ADDRESS; IFLA_INFO_DATA { IFLA_MACVLAN_MODE u32 4, IFLA_MACVLAN_BC_QUEUE_LEN u32 500 }
    `${NAME} ${LINK} 0a 00 01 00 02 00 00 00 00 09 00 00 ` +
    "24 00 12 80 0c 00 01 00 6d 61 63 76 6c 61 6e 00 14 00 02 80 08 00 01 00 04 00 00 00 08 00 07 00 f4 01 00 00",
  ],
];

Deno.test.each(rows)("%s", (_name, kind, attributes, expected) => {
  const bytes = [...childMessage(kind, attributes).finish(0)].map((byte) => byte.toString(16).padStart(2, "0"));
  assertEquals(bytes.slice(4).join(" "), `${HEADER} ${IFINFO} ${expected}`);
});

const data = (...bytes: number[]) => new Attributes(Uint8Array.from(bytes));

Deno.test("readChild() reads modes and VLANs, and nothing of other links", () => {
  assertEquals(
    [
      readChild({ kind: "macvlan", data: data(8, 0, 1, 0, 1, 0, 0, 0) }),
      readChild({ kind: "ipvlan", data: data(6, 0, 1, 0, 1, 0, 0, 0) }),
      readChild({ kind: "vlan", data: data(6, 0, 1, 0, 5, 1, 0, 0) }),
      readChild({ kind: "macvlan", data: data(8, 0, 1, 0, 99, 0, 0, 0) }),
      readChild({ kind: "vlan" }),
      readChild({ kind: "veth", data: data(8, 0, 1, 0, 1, 0, 0, 0) }),
    ],
    [
      { tag: "macvlan", val: "private" },
      { tag: "ipvlan", val: "l3" },
      { tag: "vlan", val: 261 },
      undefined,
      undefined,
      undefined,
    ],
  );
});
