import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import type { PortMap } from "cnidaria:cni/port-maps@0.3.0";
import { HostCallError } from "../error.ts";
import { packetFilter } from "../firewall/packet_filter.ts";
import { bootId } from "../sys/identity.ts";
import { createPortMaps } from "./mod.ts";
import { portsTest } from "./testing/with_ports.ts";
import { type PortMapsChange, undoPortMapsChange } from "./undo.ts";

const hairpin = { networks: ["127.0.0.0/8", "10.77.0.5/24", "fd77::/64"], markBit: 13 };
const map = (hostPort: number, rest: Partial<PortMap> = {}): PortMap => ({
  protocol: "tcp",
  hostPort,
  address: "10.77.0.5",
  containerPort: 80,
  ...rest,
});
const both = [map(8080), map(53, { protocol: "udp", hostAddress: "192.0.2.1", containerPort: 5353 })];
const six = map(8080, { address: "FD77:0::5", protocol: "sctp" });

portsTest("maps are elements; pods of one network share the chain of its sources", (at, ruleset) => {
  const [a, b] = [createPortMaps(at("a")), createPortMaps(at("b"))];
  a.add([...both, six, map(8080)], hairpin);
  b.add([map(8081, { address: "10.77.0.6" })], hairpin);
  const text = ruleset();
  assertStringIncludes(text, "tcp . 8080 : 10.77.0.5 . 80");
  assertStringIncludes(text, "192.0.2.1 . udp . 53 : 10.77.0.5 . 5353");
  assertStringIncludes(text, "sctp . 8080 : fd77::5 . 80");
  assertEquals(text.match(/chain from4-/g)?.length, 1);
  assertMatch(text, /chain from4-\w+ \{\s+ip saddr \{ 10\.77\.0\.0\/24, 127\.0\.0\.0\/8 \} meta mark set/);
  assertMatch(text, /chain from6-\w+ \{\s+ip6 saddr/);
  assertEquals(a.list().map(({ protocol, hostPort }) => `${protocol} ${hostPort}`), [
    "sctp 8080",
    "tcp 8080",
    "udp 53",
  ]);
  assertEquals(b.list(), [map(8081, { address: "10.77.0.6" })]);
});

portsTest("release() leaves nothing: with the last of a list no chain, with the last map no table", (at, ruleset) => {
  const [a, b] = [createPortMaps(at("a")), createPortMaps(at("b"))];
  a.add([...both, six], hairpin);
  b.add([map(8081)], undefined);
  a.release();
  assertEquals([ruleset().match(/10\.77\.0\.5 \. \d+/g), ruleset().includes("chain from")], [
    ["10.77.0.5 . 80"],
    false,
  ]);
  a.release();
  b.release();
  assertEquals([ruleset(), a.list(), b.list()], ["", [], []]);
});

portsTest(
  "a chain that someone jumps to stays until the table goes, and the maps go all the same",
  (at, ruleset, nft) => {
    const [a, b] = [createPortMaps(at("a")), createPortMaps(at("b"))];
    a.add(both, hairpin);
    b.add([map(8081)], undefined);
    const [chain] = ruleset().match(/from4-\w+/)!;
    nft.run(`add element inet cnidaria-ports marked4 { tcp . 9090 : jump ${chain} }`);
    a.release();
    assertEquals([a.list(), ruleset().match(/10\.77\.0\.5 \. \d+/g)], [[], ["10.77.0.5 . 80"]]);
    b.release();
    assertEquals(ruleset(), "");
  },
);

portsTest("a port that another pod has is refused, with all of the call, and both are named", (at, ruleset) => {
  const [a, b] = [createPortMaps(at("a")), createPortMaps(at("b"))];
  a.add([map(8080)], undefined);
  const before = ruleset();
  const error = assertThrows(() => b.add([map(9090), map(8080, { address: "10.77.0.6" })], hairpin), HostCallError);
  assertEquals((error as HostCallError).code, "exists");
  assertStringIncludes(
    (error as HostCallError).message,
    "Cannot map tcp port 8080 (IPv4) to 10.77.0.6 as attachment net/a/eth0 has it: two pods cannot have one port",
  );
  assertEquals([ruleset(), b.list()], [before, []]);
  // Another protocol, family, or one address of the node.
  b.add(
    [map(8080, { protocol: "udp" }), map(8080, { address: "fd77::6" }), map(8080, { hostAddress: "127.0.0.1" })],
    undefined,
  );
  assertEquals(b.list().length, 3);
});

portsTest("the port of a pod that is gone is taken over, and its DEL leaves it", (at, ruleset) => {
  const [old, next] = [at("old"), at("next")];
  createPortMaps(old).add([map(8080), map(8081)], hairpin);
  old.database().run(
    "INSERT INTO attachments VALUES ('net', 'old', 'eth0', 'portmap', '/run/gone', '1:1', 'an earlier boot', '{}', '', " +
      "'{}', '[]', 0, '', '')",
  );
  createPortMaps(next).add([map(8080, { address: "10.77.0.6" })], hairpin);
  assertStringIncludes(ruleset(), "tcp . 8080 : 10.77.0.6 . 80");
  undoPortMapsChange(old, old.changes[0] as PortMapsChange);
  assertEquals(ruleset().match(/tcp \. \d+ : 10\S+/g), ["tcp . 8080 : 10.77.0.6"]);
  assertEquals(createPortMaps(next).list().length, 1);
});

for (
  const [what, link, taken] of [
    [
      "whose link is on the node is not taken over",
      { linkKind: "veth", peer: { ns: "container", name: "eth0" } },
      false,
    ],
    [
      "whose link is gone is taken over",
      { linkKind: "veth", name: "gone", peer: { ns: "container", name: "eth0" } },
      true,
    ],
    ["of which nothing but a queue is on the node is taken over", { linkKind: "ifb" }, true],
  ] as const
) {
  portsTest(`the port of a pod whose namespace is not seen, and ${what}`, (at) => {
    const [old, next] = [at("old"), at("next")];
    old.connect();
    createPortMaps(old).add([map(8080)], hairpin);
    old.database().run(
      "INSERT INTO attachments VALUES ('net', 'old', 'eth0', 'bridge', '/run/gone', '1:1', ?, '{}', '', '{}', ?, 0, '', '')",
      bootId(),
      JSON.stringify([{ kind: "link-created", ns: "host", name: `v${old.unique}`, ...link }]),
    );
    const take = () => createPortMaps(next).add([map(8080, { address: "10.77.0.6" })], hairpin);
    if (taken) take();
    else assertThrows(take, HostCallError, "as attachment net/old/eth0 has it");
    assertEquals(createPortMaps(old).list().length, taken ? 0 : 1);
  });
}

for (
  const [what, address, port] of [["the same place", "10.77.0.5", 80], ["another place", "10.77.0.6", 81]] as const
) {
  portsTest(
    `ports that are taken over lead to ${what}, also where the kernel has lost one of them`,
    (at, ruleset, nft) => {
      const [old, next] = [at("old"), at("next")];
      createPortMaps(old).add([map(8080), map(8081)], hairpin);
      old.database().run(
        "INSERT INTO attachments VALUES ('net', 'old', 'eth0', 'portmap', '/run/gone', '1:1', 'an earlier boot', '{}', '', " +
          "'{}', '[]', 0, '', '')",
      );
      nft.run("delete element inet cnidaria-ports mapped4 { tcp . 8081 }");
      createPortMaps(next).add([8080, 8081].map((each) => map(each, { address, containerPort: port })), hairpin);
      assertEquals(
        ruleset().match(/808\d : 10\S+ \. \d+/g),
        [8080, 8081].map((each) => `${each} : ${address} . ${port}`),
      );
      assertEquals(createPortMaps(next).list().length, 2);
    },
  );
}

portsTest("an undo takes back what state and kernel have, whichever it is, twice", (at, ruleset, nft) => {
  const context = at();
  const ports = createPortMaps(context);
  ports.add([...both, six], hairpin);
  const [change] = context.changes as PortMapsChange[];
  const owned = context.database().all("SELECT * FROM firewall_elements").length;
  assertEquals(owned, 3);
  nft.run("delete element inet cnidaria-ports mapped4 { tcp . 8080 }");
  undoPortMapsChange(context, change!);
  undoPortMapsChange(context, change!);
  assertEquals([ruleset(), context.database().all("SELECT * FROM firewall_elements")], ["", []]);
});

portsTest("an element that is in the kernel for nobody does not stand in the way", (at, ruleset, nft) => {
  const [a, b] = [createPortMaps(at("a")), createPortMaps(at("b"))];
  a.add([map(8080)], hairpin);
  nft.run("add element inet cnidaria-ports mapped4 { tcp . 9090 : 10.9.9.9 . 9 }");
  b.add([map(9090), map(9091)], hairpin);
  assertEquals(ruleset().match(/909\d : 10\S+/g), ["9090 : 10.77.0.5", "9091 : 10.77.0.5"]);
});

for (
  const [wrong, words] of [
    [map(0), 'a port is not 1 to 65535: "0"'],
    [map(80, { address: "10.77.0" }), "the pod's address is no IP address"],
    [map(80, { hostAddress: "eth0" }), "the node's address is no IP address"],
    [map(80, { hostAddress: "::1" }), "are not of one family"],
  ] as const
) {
  portsTest(`what is no port map is refused: ${words}`, (at, ruleset) => {
    const error = assertThrows(() => createPortMaps(at()).add([wrong], undefined), HostCallError, words);
    assertEquals([(error as HostCallError).code, ruleset()], ["invalid", ""]);
  });
}

portsTest("one port to two places, and sources that are none, are refused", (at) => {
  const { add } = createPortMaps(at());
  assertThrows(
    () => add([map(80), map(80, { containerPort: 81 })], undefined),
    HostCallError,
    "10.77.0.5:80 and 10.77.0.5:81",
  );
  assertThrows(() => add([map(80)], { networks: [], markBit: 32 }), HostCallError, "bit of the mark");
  assertThrows(() => add([map(80)], { networks: ["10.1"], markBit: 3 }), HostCallError, "CIDR notation");
});

portsTest("probe() makes nothing", (at, ruleset) => {
  createPortMaps(at()).probe();
  assertEquals(ruleset(), "");
});

portsTest("chains have the standard priorities, and tables of others stay as they are", (at, ruleset, nft) => {
  assertEquals(nft.run(OTHERS).ok, true);
  const others = () => nft.run("list table ip others");
  const before = others();
  try {
    const ports = createPortMaps(at());
    ports.add([...both, six], hairpin);
    assertEquals(ruleset().match(/type \w+ hook \w+ priority [\w-]+/g), [
      "type nat hook prerouting priority dstnat",
      "type nat hook output priority -100",
      "type filter hook prerouting priority raw",
      "type nat hook postrouting priority srcnat",
    ]);
    ports.release();
    assertEquals(others(), before);
  } finally {
    nft.run("delete table ip others");
  }
});

/** As another program has it. */
const OTHERS = `add table ip others
add chain ip others nat-pre { type nat hook prerouting priority dstnat ; }
add rule ip others nat-pre tcp dport 8080 dnat to 192.0.2.9`;

portsTest("a hundred ports are one transaction of the kernel", (at) => {
  const [a, b] = [createPortMaps(at("a")), createPortMaps(at("b"))];
  a.add([map(1)], hairpin);
  const filter = packetFilter();
  const { run, change } = filter;
  const batches: number[] = [];
  try {
    filter.run = (...args) => assertEquals(args, [], "nothing is left to be made");
    filter.change = (changes, doing) => {
      batches.push(changes.length);
      change(changes, doing);
    };
    b.add(Array.from({ length: 100 }, (_, at) => map(1000 + at, { address: "10.77.0.6" })), hairpin);
  } finally {
    Object.assign(filter, { run, change });
  }
  // For each port where it leads, and whose connections are marked.
  assertEquals(batches, [200]);
  assertEquals(b.list().length, 100);
});
