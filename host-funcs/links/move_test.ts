import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { Change } from "../change.ts";
import { redo } from "../drift.ts";
import type { HostContext } from "../context.ts";
import type { HostCallError } from "../error.ts";
import { Reading } from "../reading.ts";
import { readAttributes, type ReceivedMessage } from "../sys/netlink_message.ts";
import { withoutRecording } from "../take_back.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { undo } from "../undo.ts";
import { deviceAmong } from "./device.ts";
import { linkDifferences } from "./drift.ts";
import { IFLA_LINKINFO } from "./link_message.ts";
import { createLinks } from "./mod.ts";

const MAC = "02:00:00:00:00:31";

/** A veth on the host that stands for a device; its other end is `e…`. */
function device(context: TestContext) {
  const links = createLinks(context);
  const [name, other] = [`d${context.unique}`, `e${context.unique}`];
  links.createVeth({ peerNs: "host", peerName: other, name });
  links.set("host", name, { up: true, mtu: 1400, mac: MAC });
  context.command("host", "ip", ["link", "set", name, "alias", "uplink B"]);
  context.changes.length = 0;
  return { links, name, other, to: { tag: "name", val: name } as const, remove: () => links.delete("host", other) };
}

// deno-lint-ignore no-explicit-any
function seen(context: TestContext, name: string): any {
  const [link] = context.ip("host", "link", "show", name);
  const { ifname, mtu, address, ifalias, txqlen } = link;
  return {
    ifname,
    mtu,
    address,
    ifalias,
    txqlen,
    up: link.flags.includes("UP"),
    promisc: link.flags.includes("PROMISC"),
  };
}

function moved(context: TestContext): Change & { kind: "link-moved" } {
  const change = context.changes.find((it) => it.kind === "link-moved");
  if (change === undefined) throw new Error("no move was recorded");
  return change;
}

networkTest("a link is moved, renamed, and comes back as it was, whatever the container made of it", (context) => {
  const { links, name, to, remove } = device(context);
  const before = seen(context, name);
  const link = links.moveToContainer(to, "net1");
  assertEquals([link.name, link.mac, link.mtu, link.up], ["net1", MAC, 1400, false]);
  assertEquals(context.ip("container", "link", "show", "net1")[0].ifalias, name);
  assertEquals(linkDifferences(new Reading(context), moved(context)), []);
  const rename = [
    "link",
    "set",
    "net1",
    "name",
    "other",
    "mtu",
    "1300",
    "address",
    "02:00:00:00:00:32",
    "txqueuelen",
    "9",
  ];
  context.command("container", "ip", rename);
  context.command("container", "ip", ["link", "set", "other", "up", "promisc", "on"]);
  assertEquals(linkDifferences(new Reading(context), moved(context)), ["link net1 (container) is gone"]);
  undo(context, moved(context));
  assertEquals(seen(context, name), before);
  undo(context, moved(context));
  assertEquals(seen(context, name), before);
  redo(context, moved(context));
  assertEquals(linkDifferences(new Reading(context), moved(context)), []);
  undo(context, moved(context));
  assertEquals(seen(context, name), before);
  remove();
});

/** Where a process that was killed may have left the link, from the recorded move to the undone one. */
const STOPS: Record<
  string,
  (ip: (ns: "host" | "container", words: string) => void, name: string, pid: string) => void
> = {
  "before it was moved": (ip, name) => ip("container", `link set net1 name ${name} netns HOST`),
  "moved, without its new name and mark": (ip, name) => {
    ip("container", `link set net1 name ${name}`);
    ip("container", `link set ${name} alias ""`);
  },
  "moved": () => {},
  "moved, up": (ip) => ip("container", "link set net1 up"),
  "about to come back, under its old name": (ip, name) => ip("container", `link set net1 name ${name}`),
  "back, and not yet set": (ip, name) => {
    ip("container", `link set net1 name ${name} mtu 1300`);
    ip("container", `link set ${name} netns HOST`);
  },
  "on the host by a name that the kernel chose": (ip) => ip("container", "link set net1 name dev7 netns HOST"),
};

for (const [stop, go] of Object.entries(STOPS)) {
  networkTest(`undo takes a link back that was left ${stop}`, (context) => {
    const { links, name, to, remove } = device(context);
    const before = seen(context, name);
    links.moveToContainer(to, "net1");
    const ip = (ns: "host" | "container", words: string) => {
      const args = words.split(" ").map((word) => word === "HOST" ? `${Deno.pid}` : word === '""' ? "" : word);
      context.command(ns, "ip", args);
    };
    go(ip, name, `${Deno.pid}`);
    undo(context, moved(context));
    undo(context, moved(context));
    assertEquals(seen(context, name), before);
    assertEquals(context.ip("container", "link", "show").length, 1);
    remove();
  });
}

for (const other of ["net1", "net2"]) {
  networkTest(
    `of a link that is back already, and not yet set, another with its MAC stays inside as ${other}`,
    (context) => {
      const { links, name, to, remove } = device(context);
      const before = seen(context, name);
      links.moveToContainer(to, "net1");
      const ip = (words: string) => context.command("container", "ip", words.split(" "));
      ip(`link set net1 name dev7 mtu 1300 netns ${Deno.pid}`);
      ip(`link add ${other} address ${MAC} type veth peer name end`);
      undo(context, moved(context));
      assertEquals(seen(context, name), before);
      assertEquals(context.ip("container", "link", "show", other)[0].address, MAC);
      remove();
    },
  );
}

networkTest("of a link that is back by another number, another with its MAC stays inside", (context) => {
  const { links, name, to, remove } = device(context);
  links.moveToContainer(to, "net1");
  undo(context, moved(context));
  context.command("container", "ip", `link add net1 address ${MAC} type veth peer name end`.split(" "));
  undo(context, { ...moved(context), index: 4711 });
  assertEquals(context.ip("container", "link", "show", "net1")[0].address, MAC);
  assertEquals(links.get("host", name).mac, MAC);
  remove();
});

networkTest("where the old name is taken, it comes back by another, and the other link stays as it is", (context) => {
  const { links, name, to, remove } = device(context);
  links.moveToContainer(to, "net1");
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0", name });
  const taker = seen(context, name);
  undo(context, moved(context));
  assertEquals(seen(context, name), taker);
  const { ifname, ifalias, mtu, address, up } = seen(context, `${name}_0`);
  assertEquals([ifname, ifalias, mtu, address, up], [`${name}_0`, "uplink B", 1400, MAC, true]);
  undo(context, moved(context));
  assertEquals(seen(context, name), taker);
  links.delete("host", host.name);
  remove();
});

networkTest("a link that went with the container's namespace is taken back", (context) => {
  const { links, to, other } = device(context);
  links.moveToContainer(to, "net1");
  links.delete("host", other);
  undo(context, moved(context));
  context.hasContainer = false;
  undo(context, moved(context));
  assertEquals(links.list("host").filter((it) => it.name.endsWith(context.unique)), []);
});

/** The same, where every link is one of no kind, as devices are; its container is gone. */
function withDevices(context: TestContext, log: string[]): HostContext {
  const plain = (message: ReceivedMessage): ReceivedMessage => {
    const payload = message.payload.slice();
    for (const [type, value] of readAttributes(payload, 16)) {
      // Another number of its type, which nobody reads.
      if (type === IFLA_LINKINFO) payload[value.byteOffset - 2] = 0xff;
    }
    return { ...message, payload };
  };
  const netlink = context.netlink("host");
  return {
    ...withoutRecording(context),
    netlink(ns) {
      if (ns === "container") context.namespace(ns);
      return {
        request: (message) => netlink.request(message),
        batch: (messages) => netlink.batch(messages),
        query: (message) => plain(netlink.query(message)),
        dump: (message) => netlink.dump(message).map(plain),
      };
    },
    log: (_level, message) => log.push(message),
  };
}

networkTest("a device that the kernel gives back only after a while is waited for", async (context) => {
  const { links, name, to, remove } = device(context);
  const before = seen(context, name);
  links.moveToContainer(to, "net1");
  const change = { ...moved(context), linkKind: "" };
  context.hasContainer = false;
  const script = `sleep 0.4; exec nsenter --net=${context.path} ip link set net1 name dev7 netns ${Deno.pid}`;
  const later = new Deno.Command("sh", { args: ["-c", script] }).spawn();
  const log: string[] = [];
  undo(withDevices(context, log), change);
  assert((await later.status).success);
  assertEquals([seen(context, name), log], [before, []]);
  undo(withDevices(context, log), change);
  assertEquals([seen(context, name), log], [before, []]);
  remove();
});

networkTest(
  "of a device that does not come back the log says how to name it, a virtual link is not waited for",
  (context) => {
    const { links, name, to, remove } = device(context);
    links.moveToContainer(to, "net1");
    const change = moved(context);
    context.hasContainer = false;
    const log: string[] = [];
    const start = performance.now();
    undo({ ...withoutRecording(context), log: (_level, message) => log.push(message) }, change);
    assert(performance.now() - start < 1000);
    assertEquals(log, []);
    undo(withDevices(context, log), { ...change, linkKind: "" });
    assertEquals(log.length, 1);
    const command = `ip link set DEVICE name ${name} alias "uplink B" && ip link set ${name} up`;
    assert(log[0]?.includes(`The device that was ${name} on the host is neither`) && log[0].endsWith(command), log[0]);
    // What it says to do is right.
    context.hasContainer = true;
    context.command("container", "ip", ["link", "set", "net1", "name", "dev7", "netns", `${Deno.pid}`]);
    context.command("host", "sh", ["-c", command.replace("DEVICE", "dev7")]);
    const { ifalias, up } = seen(context, name);
    assertEquals([ifalias, up], ["uplink B", true]);
    remove();
  },
);

networkTest("a name of the host that the container has already is no obstacle", (context) => {
  const { links, name, to, remove } = device(context);
  const before = seen(context, name);
  const { host } = links.createVeth({ peerNs: "container", peerName: name });
  assertEquals(links.moveToContainer(to, "net1").name, "net1");
  undo(context, moved(context));
  assertEquals(seen(context, name), before);
  links.delete("host", host.name);
  remove();
});

networkTest("what the node cannot do without stays", (context) => {
  const { links, name, to, remove } = device(context);
  const refusal = (): HostCallError => assertThrows(() => links.moveToContainer(to, "net1")) as HostCallError;
  context.command("host", "ip", ["address", "add", "10.46.0.2/24", "dev", name]);
  context.command("host", "ip", ["link", "set", `e${context.unique}`, "up"]);
  context.command("host", "ip", ["route", "add", "default", "via", "10.46.0.1", "metric", "9999"]);
  assertMatch(refusal().message, /the node's default route via 10\.46\.0\.1 goes by it, and the node would be cut off/);
  assertEquals([refusal().code, context.changes], ["invalid", []]);
  remove();
});

const several: [family: string, address: string, other: string, ways: (name: string, peer: string) => string][] = [
  [
    "-4",
    "10.46.0.2/24",
    "10.47.0.2/24",
    (name, peer) => `nexthop via 10.46.0.1 dev ${name} nexthop via 10.47.0.1 dev ${peer}`,
  ],
  [
    "-6",
    "fd46::2/64",
    "fd47::2/64",
    (name, peer) => `nexthop via fd46::1 dev ${name} nexthop via fd47::1 dev ${peer}`,
  ],
];

for (const [family, address, other, ways] of several) {
  networkTest(`each link of a default route by several ways stays (ip ${family})`, (context) => {
    const { links, name, other: peer, remove } = device(context);
    const ip = (words: string) => context.command("host", "ip", [family, ...words.split(" ")]);
    ip(`link set ${peer} up`);
    for (const [link, own] of [[name, address], [peer, other]]) {
      ip(`address add ${own} dev ${link}${family === "-6" ? " nodad" : ""}`);
    }
    ip(`route add default metric 9999 ${ways(name, peer)}`);
    for (const [link, own] of [[name, address], [peer, other]] as const) {
      const gateway = own.replace(/2\/.*/, "1");
      assertThrows(
        () => links.moveToContainer({ tag: "name", val: link }, "net1"),
        Error,
        `the node's default route via ${gateway} goes by it`,
      );
    }
    assertEquals(context.changes, []);
    remove();
  });
}

networkTest(
  "a device that was taken back by hand, and that the node cannot do without now, is not moved again",
  (context) => {
    const { links, name, to, other, remove } = device(context);
    links.moveToContainer(to, "net1");
    context.command("container", "ip", ["link", "set", "net1", "name", name, "netns", `${Deno.pid}`]);
    const ip = (words: string) => context.command("host", "ip", words.split(" "));
    const bridge = `b${context.unique}`;
    ip(`link add ${bridge} type bridge`);
    ip(`link set ${name} up master ${bridge}`);
    const before = seen(context, name);
    assertThrows(() => redo(context, moved(context)), Error, `it is a port of ${bridge}`);
    ip(`link del ${bridge}`);
    ip(`link set ${other} up`);
    ip(`address add 10.46.0.2/24 dev ${name}`);
    ip("route add default via 10.46.0.1 metric 9999");
    assertThrows(() => redo(context, moved(context)), Error, "the node's default route via 10.46.0.1 goes by it");
    assertEquals(seen(context, name), before);
    ip("route del default metric 9999");
    redo(context, moved(context));
    assertEquals(linkDifferences(new Reading(context), moved(context)), []);
    remove();
  },
);

const children: [kind: string, make: string][] = [
  ["vlan", "link d name c type vlan id 100"],
  ["macvlan", "link d name c type macvlan mode bridge"],
  ["ipvlan", "link d name c type ipvlan mode l2"],
  ["vxlan", "name c type vxlan id 9 dev d dstport 4789 remote 10.46.0.9"],
];

for (const [kind, make] of children) {
  networkTest(`the parent of a ${kind} on the host stays`, (context) => {
    const { links, name, to, remove } = device(context);
    const child = `c${context.unique}`;
    const words = make.split(" ").map((word) => word === "d" ? name : word === "c" ? child : word);
    if (!links.supports(kind)) return remove();
    context.command("host", "ip", ["link", "add", ...words]);
    assertThrows(
      () => links.moveToContainer(to, "net1"),
      Error,
      `Cannot move ${name} on the host into a container as ${child}, a ${kind} on it, stays on the host and would be cut`,
    );
    assertEquals(context.changes, []);
    context.command("host", "ip", ["link", "del", child]);
    assertEquals(links.moveToContainer(to, "net1").name, "net1");
    remove();
  });
}

networkTest("a link on a parent of another namespace is no reason, though that has the device's number", (context) => {
  const { links, name, to, remove } = device(context);
  const { index } = links.get("host", name);
  const child = `c${context.unique}`;
  const ip = (words: string) => context.command("container", "ip", words.split(" "));
  ip(`link add p0 index ${index} type veth peer name p1`);
  ip(`link add link p0 name ${child} type macvlan`);
  ip(`link set ${child} netns ${Deno.pid}`);
  assertEquals(context.ip("host", "link", "show", child)[0].link_index, index);
  assertEquals(links.moveToContainer(to, "net1").name, "net1");
  context.command("host", "ip", ["link", "del", child]);
  remove();
});

Deno.test("deviceAmong() goes by where sysfs shows a link", async () => {
  const folder = await Deno.makeTempDir();
  const links = ["eth0", "eth1", "eth2", "eth3", "lo"].map((name, index) => ({ name, index, kind: "", mac: "" }));
  try {
    const pci = "../../devices/pci0000:00/0000:00:02.0";
    Deno.symlinkSync(`${pci}/net/eth0`, `${folder}/eth0`);
    Deno.symlinkSync("../../devices/pci0000:00/0000:04:00.0/virtio1/net/eth1", `${folder}/eth1`);
    Deno.symlinkSync(`${pci}/mlx5_core.sf.2/net/eth2`, `${folder}/eth2`);
    Deno.symlinkSync("../../devices/virtual/net/lo", `${folder}/lo`);
    const find = (tag: "bus-id" | "kernel-path", val: string) => deviceAmong(links as never, { tag, val }, folder).name;
    assertEquals(find("bus-id", "0000:00:02.0"), "eth0");
    assertEquals(find("bus-id", "0000:04:00.0"), "eth1");
    assertEquals(find("bus-id", "mlx5_core.sf.2"), "eth2");
    assertEquals(find("kernel-path", "/sys/devices/pci0000:00/0000:00:02.0"), "eth0");
    assertEquals(find("kernel-path", "/sys/devices/pci0000:00/0000:04:00.0/virtio1/"), "eth1");
    assertThrows(() => find("bus-id", "0000:00"), Error, "bound to a driver for programs, as vfio-pci");
    for (const path of ["/sys/devices/../x", "/sys/devices//x", "/etc", "/sys/devices/a/./b"]) {
      assertThrows(() => find("kernel-path", path), Error, "no plain path below /sys/devices/");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
