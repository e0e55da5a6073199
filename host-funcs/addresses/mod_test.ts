import { assert, assertEquals, assertThrows } from "@std/assert";
import type { HostCallError } from "../error.ts";
import { createLinks } from "../links/mod.ts";
import { withoutRecording } from "../take_back.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { createAddresses } from "./mod.ts";

/** eth0 in the container, up at both ends. */
function withEth0(context: TestContext) {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  links.set("host", host.name, { up: true });
  links.set("container", "eth0", { up: true });
  context.changes.length = 0;
  return { addresses: createAddresses(context), remove: () => links.delete("host", host.name) };
}

function seen(context: TestContext) {
  const [{ addr_info }] = context.ip("container", "address", "show", "eth0");
  return addr_info.filter(({ scope }: { scope: string }) => scope !== "link");
}

/** A context that is asked to isolate, and tells what eth0 had at that moment. */
function isolating(context: TestContext, isolate: () => void) {
  const told: string[] = [];
  const addresses = createAddresses({
    ...withoutRecording(context),
    record: (change) => context.record(change),
    isolate: (address, linkKind) => {
      told.push(`isolate ${address} of a ${linkKind}, which has ${seen(context).length} addresses`);
      isolate();
      return () => void told.push("taken back");
    },
  });
  return { addresses, told };
}

networkTest("add() isolates a container's address before the container gets it", (context) => {
  const { remove } = withEth0(context);
  const { addresses, told } = isolating(context, () => {});
  addresses.add("container", "eth0", { cidr: "10.1.2.5/24", dad: false });
  assertEquals([told, seen(context).length], [["isolate 10.1.2.5/24 of a veth, which has 0 addresses"], 1]);
  addresses.add("host", "lo", { cidr: "10.9.9.9/32", dad: false });
  addresses.remove("host", "lo", "10.9.9.9/32");
  assertEquals(told.length, 1, "the host's are nobody's");
  remove();
});

networkTest("add() gives no address that could not be isolated, and takes the isolation of a failed one back", (
  context,
) => {
  const { remove } = withEth0(context);
  const failing = isolating(context, () => {
    throw new Error("no br_netfilter");
  });
  assertThrows(
    () => failing.addresses.add("container", "eth0", { cidr: "10.1.2.5/24", dad: false }),
    Error,
    "br_netfilter",
  );
  assertEquals([seen(context), context.changes], [[], []]);
  const { addresses, told } = isolating(context, () => {});
  // The kernel refuses a multicast address as a link's own.
  assertThrows(() => addresses.add("container", "eth0", { cidr: "ff02::5/64", dad: false }));
  assertEquals(told.at(-1), "taken back");
  remove();
});

networkTest("add() gives IPv4 its broadcast address, and IPv6 no duplicate address detection", (context) => {
  const { addresses, remove } = withEth0(context);
  for (const cidr of ["10.1.2.5/20", "10.3.0.1/31", "10.4.0.1/32", "2001:DB8:0::5/64"]) {
    addresses.add("container", "eth0", { cidr, dad: false });
  }
  const info = seen(context).map(({ local, prefixlen, broadcast, nodad, tentative }: Record<string, unknown>) => (
    { local, prefixlen, broadcast, nodad, tentative }
  ));
  const none = undefined;
  assertEquals(
    info,
    [
      { local: "10.1.2.5", prefixlen: 20, broadcast: "10.1.15.255", nodad: none, tentative: none },
      { local: "10.3.0.1", prefixlen: 31, broadcast: none, nodad: none, tentative: none },
      { local: "10.4.0.1", prefixlen: 32, broadcast: none, nodad: none, tentative: none },
      { local: "2001:db8::5", prefixlen: 64, broadcast: none, nodad: true, tentative: none },
    ].map((entry) => ({ ...entry })),
  );
  assertEquals(
    addresses.list("container", "eth0").filter((cidr) => !cidr.startsWith("fe80:")),
    ["10.1.2.5/20", "10.3.0.1/31", "10.4.0.1/32", "2001:db8::5/64"],
  );
  assertEquals(context.changes[3], { kind: "address-added", ns: "container", link: "eth0", cidr: "2001:db8::5/64" });
  remove();
});

networkTest("add() of an address that is there, and remove() of one that is not, record nothing", (context) => {
  const { addresses, remove } = withEth0(context);
  addresses.add("container", "eth0", { cidr: "10.1.0.5/16", dad: false });
  context.changes.length = 0;
  const exists: unknown = assertThrows(
    () => addresses.add("container", "eth0", { cidr: "10.1.0.5/16", dad: false }),
    Error,
    "Cannot add address 10.1.0.5/16 to eth0 in the container as it exists already (EEXIST)",
  );
  assertEquals((exists as HostCallError).payload.errno, 17);
  const gone: unknown = assertThrows(() => addresses.remove("container", "eth0", "10.1.0.6/16"));
  assertEquals((gone as HostCallError).code, "not-found");
  assertEquals(context.changes, []);
  addresses.remove("container", "eth0", "10.1.0.5/16");
  assertEquals(seen(context), []);
  assertThrows(() => addresses.add("container", "eth9", { cidr: "10.1.0.5/16", dad: false }), Error, "no such link");
  assertThrows(() => addresses.add("container", "eth0", { cidr: "10.1.0.5", dad: false }), Error, "CIDR notation");
  remove();
});

networkTest("settle() waits for duplicate address detection, and no longer", (context) => {
  const { addresses, remove } = withEth0(context);
  addresses.settle("container", "eth0", 5000);
  addresses.add("container", "eth0", { cidr: "fd00::5/64", dad: true });
  assertThrows(() => addresses.settle("container", "eth0", 1), Error, "still runs");
  addresses.settle("container", "eth0", 10_000);
  assertEquals(seen(context).map(({ tentative }: { tentative?: boolean }) => tentative), [undefined]);
  const start = performance.now();
  addresses.settle("container", "eth0", 10_000);
  assert(performance.now() - start < 100);
  remove();
});

networkTest("settle() names an address that another host has", (context) => {
  const { addresses, remove } = withEth0(context);
  const [{ ifname }] = context.ip("host", "link", "show", "type", "veth", "up");
  addresses.add("host", ifname, { cidr: "fd00::6/64", dad: false });
  addresses.add("container", "eth0", { cidr: "fd00::6/64", dad: true });
  const error: unknown = assertThrows(() => addresses.settle("container", "eth0", 10_000), Error, "fd00::6/64");
  assertEquals((error as HostCallError).code, "io");
  remove();
});
