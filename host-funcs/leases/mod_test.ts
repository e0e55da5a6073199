import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Pool, Range } from "cnidaria:cni/leases@0.3.0";
import type { AttachmentKey } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { Database } from "../state/database.ts";
import type { Liveness } from "../state/liveness.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { listLeases } from "./list.ts";
import { createLeases } from "./mod.ts";
import { type LeaseChange, undoLeaseChange } from "./undo.ts";

function pool(ranges: Range[], rest: Partial<Pool> = {}): Pool {
  return { index: 0, ranges, store: "", domain: "", cooldown: 0, ...rest };
}

const small: Range = { subnet: "10.1.0.0/29", first: "10.1.0.1", last: "10.1.0.6", gateway: "10.1.0.1" };

function leases(database: Database, containerId: string, rest: {
  network?: string;
  pod?: string;
  liveness?: Liveness;
  now?: () => number;
  boot?: string;
  underWay?: AttachmentKey[];
} = {}) {
  const args = rest.pod === undefined ? [] : [["K8S_POD_NAMESPACE", "ns"], ["K8S_POD_NAME", rest.pod]] as const;
  const context = Object.assign(fakeContext(database, { containerId, network: rest.network ?? "net" }, { args }), {
    underWay: () => rest.underWay ?? [],
  });
  const world = {
    now: rest.now ?? (() => 1_000_000),
    livenessOf: () => rest.liveness ?? "alive" as const,
    bootId: () => rest.boot ?? "boot-2",
  };
  return Object.assign(createLeases(context, world), { context });
}

function refusal(body: () => unknown): HostCallError {
  return assertThrows(body, HostCallError) as HostCallError;
}

Deno.test("acquire() gives the addresses in order, without network, gateway and broadcast, and then none", () =>
  withDatabase((database) => {
    const given = [1, 2, 3, 4, 5].map((at) => leases(database, `c${at}`).acquire(pool([small]), undefined).address);
    assertEquals(given, ["10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6"]);
    const error = refusal(() => leases(database, "c6", { pod: "p" }).acquire(pool([small]), undefined));
    assertEquals(error.code, "exhausted");
    assertStringIncludes(error.message, "5 of 5 are held in 10.1.0.0/29 (10.1.0.1 to 10.1.0.6)");
    assertStringIncludes(error.message, "network net holds 5 leases: 5 by containers without a pod's name");
  }));

Deno.test("acquire() gives every address but the first of an IPv6 subnet, and both of a /31", () =>
  withDatabase((database) => {
    const six = pool([{ subnet: "fd00::/126", first: "fd00::", last: "fd00::3" }], { index: 1 });
    const given = ["a", "b", "c"].map((id) => leases(database, id).acquire(six, undefined).address);
    assertEquals(given, ["fd00::1", "fd00::2", "fd00::3"]);
    const pair = pool([{ subnet: "10.9.0.0/31", first: "10.9.0.0", last: "10.9.0.1" }]);
    assertEquals(leases(database, "a").acquire(pair, undefined).address, "10.9.0.0");
    assertEquals(leases(database, "b").acquire(pair, undefined).address, "10.9.0.1");
    assertEquals(leases(database, "a").held(""), ["fd00::1", "10.9.0.0"]);
  }));

Deno.test("acquire() works in a /64 whose numbers are above 2^53", () =>
  withDatabase((database) => {
    const six = pool([{ subnet: "2001:db8::/64", first: "2001:db8::1", last: "2001:db8::ffff:ffff:ffff:ffff" }]);
    assertEquals(leases(database, "a").acquire(six, undefined).address, "2001:db8::1");
    const last = "2001:db8::ffff:ffff:ffff:ffff";
    assertEquals(leases(database, "b").acquire(six, last).address, last);
    assertEquals(leases(database, "c").acquire(six, "2001:DB8:0::F:1").address, "2001:db8::f:1");
    assertEquals(leases(database, "d").acquire(six, undefined).address, "2001:db8::2");
    const { size, held } = leases(database, "d").usage(six);
    assertEquals([size, held], [2n ** 53n, 4n]);
  }));

Deno.test("acquire() takes ranges in their order, and says which", () =>
  withDatabase((database) => {
    const two = pool([
      { subnet: "10.1.0.0/24", first: "10.1.0.250", last: "10.1.0.251" },
      { subnet: "10.0.0.0/24", first: "10.0.0.7", last: "10.0.0.7" },
    ]);
    const given = ["a", "b", "c"].map((id) => leases(database, id).acquire(two, undefined));
    assertEquals(given, [
      { address: "10.1.0.250", range: 0 },
      { address: "10.1.0.251", range: 0 },
      { address: "10.0.0.7", range: 1 },
    ]);
  }));

Deno.test("acquire() gives a released address last, the longest released first", () =>
  withDatabase((database) => {
    for (const at of [1, 2, 3]) leases(database, `c${at}`).acquire(pool([small]), undefined);
    assertEquals(leases(database, "c2").release(""), 1);
    assertEquals(leases(database, "c1").release(""), 1);
    const given = [4, 5, 6, 7].map((at) => leases(database, `c${at}`).acquire(pool([small]), undefined).address);
    assertEquals(given, ["10.1.0.5", "10.1.0.6", "10.1.0.3", "10.1.0.2"]);
  }));

Deno.test("acquire() waits for the cool-down, unless the address is requested", () =>
  withDatabase((database) => {
    const one = pool([{ subnet: "10.1.0.0/24", first: "10.1.0.9", last: "10.1.0.9" }], { cooldown: 60 });
    let now = 1_000_000;
    const at = (id: string) => leases(database, id, { now: () => now });
    at("a").acquire(one, undefined);
    at("a").release("");
    now += 20_000;
    const error = refusal(() => at("b").acquire(one, undefined));
    assertEquals(error.code, "exhausted");
    assertStringIncludes(error.message, "given again in 40 seconds");
    assertEquals(at("b").acquire(one, "10.1.0.9").address, "10.1.0.9");
    at("b").release("");
    now += 60_000;
    assertEquals(at("c").acquire(one, undefined).address, "10.1.0.9");
    at("c").release("");
    now -= 500_000;
    assertEquals(at("d").acquire(one, undefined).address, "10.1.0.9", "a clock that was set back");
  }));

Deno.test("a cool-down is never longer than it is, however the clock is set", () =>
  withDatabase((database) => {
    const two = pool([{ subnet: "10.1.0.0/24", first: "10.1.0.8", last: "10.1.0.9" }], { cooldown: 60 });
    let now = 1_000_000;
    const at = (id: string) => leases(database, id, { now: () => now });
    at("a").acquire(two, undefined);
    at("b").acquire(two, undefined);
    at("a").release("");
    // A year ahead for a moment: what is released then blocks nothing once the clock is right again.
    now += 365 * 86_400_000;
    at("b").release("");
    now -= 365 * 86_400_000;
    assertEquals(at("c").acquire(two, undefined).address, "10.1.0.9");
    assertStringIncludes(refusal(() => at("d").acquire(two, undefined)).message, "given again in 60 seconds");
    now += 60_000;
    assertEquals(at("d").acquire(two, undefined).address, "10.1.0.8");
    at("d").release("");
    // Set back by less than the cool-down: the rest of it is waited for, and no more than it.
    now += 30_000;
    at("c").release("");
    now -= 20_000;
    assertEquals(at("e").acquire(two, undefined).address, "10.1.0.9", "its release is in the future");
    assertStringIncludes(refusal(() => at("f").acquire(two, undefined)).message, "given again in 50 seconds");
  }));

Deno.test("an address that no packet had does not wait behind one that cools down", () =>
  withDatabase((database) => {
    const two = pool([{ subnet: "10.1.0.0/24", first: "10.1.0.8", last: "10.1.0.9" }], { cooldown: 60 });
    const failed = leases(database, "b");
    leases(database, "a").acquire(two, undefined);
    failed.acquire(two, undefined);
    leases(database, "a").release("");
    undoLeaseChange(failed.context, failed.context.changes[0] as LeaseChange);
    assertEquals(leases(database, "c").acquire(two, undefined).address, "10.1.0.9");
  }));

for (
  const [what, requested, words] of [
    ["outside the range", "10.1.0.7", "outside the ranges of network net, 10.1.0.0/29"],
    ["of the other family", "fd00::1", "outside the ranges"],
    ["that is the gateway", "10.1.0.1", "the gateway of 10.1.0.0/29 in network net: 10.1.0.1"],
    ["that is malformed", "10.1.0.2;", "no IP address: 10.1.0.2;"],
  ] as const
) {
  Deno.test(`acquire() refuses a requested address ${what}`, () =>
    withDatabase((database) => {
      const error = refusal(() => leases(database, "a").acquire(pool([small]), requested));
      assertEquals(error.code, "invalid");
      assertStringIncludes(error.message, words);
    }));
}

for (
  const [range, requested, words] of [
    [{ subnet: "10.1.0.0/29", first: "10.1.0.0", last: "10.1.0.7" }, "10.1.0.0", "the network address"],
    [{ subnet: "10.1.0.0/29", first: "10.1.0.0", last: "10.1.0.7" }, "10.1.0.7", "the broadcast address"],
    [{ subnet: "fd00::/64", first: "fd00::", last: "fd00::9" }, "fd00::", "the subnet-router anycast address"],
  ] as const
) {
  Deno.test(`acquire() refuses ${words} even if the range has it`, () =>
    withDatabase((database) => {
      assertStringIncludes(refusal(() => leases(database, "a").acquire(pool([range]), requested)).message, words);
    }));
}

for (
  const [what, range] of [
    ["a bad subnet", { subnet: "10.1.0.0", first: "10.1.0.1", last: "10.1.0.2" }],
    ["a first address outside", { subnet: "10.1.0.0/24", first: "10.2.0.1", last: "10.1.0.2" }],
    ["a range that ends before it starts", { subnet: "10.1.0.0/24", first: "10.1.0.3", last: "10.1.0.2" }],
    ["a gateway that is none", { subnet: "10.1.0.0/24", first: "10.1.0.3", last: "10.1.0.4", gateway: "x" }],
  ] as const
) {
  Deno.test(`acquire() refuses a pool with ${what}`, () =>
    withDatabase((database) => {
      assertEquals(refusal(() => leases(database, "a").acquire(pool([range]), undefined)).code, "invalid");
    }));
}

Deno.test("acquire() refuses overlapping ranges, ranges of both families, and none", () =>
  withDatabase((database) => {
    const again = { ...small, first: "10.1.0.6" };
    for (const ranges of [[small, again], [small, { subnet: "fd00::/64", first: "fd00::1", last: "fd00::2" }], []]) {
      assertEquals(refusal(() => leases(database, "a").acquire(pool(ranges), undefined)).code, "invalid");
    }
  }));

Deno.test("acquire() names the holder of a requested address", () =>
  withDatabase((database) => {
    leases(database, "a", { pod: "web" }).acquire(pool([small]), "10.1.0.4");
    const error = refusal(() => leases(database, "b").acquire(pool([small]), "10.1.0.4"));
    assertEquals(error.code, "busy");
    assertStringIncludes(error.message, "pod ns/web (container a, eth0) holds it: 10.1.0.4 of network net");
  }));

Deno.test("acquire() hands a pod its address again when its earlier container is dead, and only then", () =>
  withDatabase((database) => {
    leases(database, "a", { pod: "web" }).acquire(pool([small]), "10.1.0.4");
    const ask = (pod: string, liveness: Liveness) =>
      leases(database, `b-${pod}`, { pod, liveness }).acquire(pool([small]), "10.1.0.4").address;
    assertEquals(refusal(() => ask("web", "alive")).code, "busy");
    assertEquals(refusal(() => ask("web", "unknown")).code, "busy");
    assertEquals(refusal(() => ask("other", "dead")).code, "busy");
    assertEquals(ask("web", "dead"), "10.1.0.4");
    assertEquals(leases(database, "a").held(""), []);
    assertEquals(listLeases(database).map((lease) => lease.containerId), ["b-web"]);
    assertEquals(leases(database, "x").usage(pool([small])).held, 1n);
  }));

Deno.test("acquire() answers exists for a second lease of the same attachment in the pool", () =>
  withDatabase((database) => {
    leases(database, "a").acquire(pool([small]), undefined);
    assertEquals(refusal(() => leases(database, "a").acquire(pool([small]), undefined)).code, "exists");
    assertEquals(refusal(() => leases(database, "a").acquire(pool([small]), "10.1.0.5")).code, "exists");
    assertEquals(leases(database, "a").held(""), ["10.1.0.2"]);
  }));

Deno.test("acquire() gives a container that is started again after a crash the address it had", () =>
  withDatabase((database) => {
    leases(database, "z").acquire(pool([small]), undefined);
    leases(database, "a").acquire(pool([small]), undefined);
    assertEquals(leases(database, "a", { liveness: "dead" }).acquire(pool([small]), undefined).address, "10.1.0.3");
    assertEquals(leases(database, "a", { liveness: "dead" }).acquire(pool([small]), "10.1.0.3").address, "10.1.0.3");
    assertEquals(leases(database, "a").held(""), ["10.1.0.3"]);
  }));

Deno.test("stores and networks are apart, if no domain is shared", () =>
  withDatabase((database) => {
    assertEquals(leases(database, "a").acquire(pool([small]), undefined).address, "10.1.0.2");
    assertEquals(leases(database, "b").acquire(pool([small], { store: "/x" }), undefined).address, "10.1.0.2");
    assertEquals(leases(database, "c", { network: "two" }).acquire(pool([small]), undefined).address, "10.1.0.2");
  }));

Deno.test("acquire() refuses a subnet that overlaps another network's on the same bridge while that has leases", () =>
  withDatabase((database) => {
    const on = (subnet: string, domain: string) =>
      pool([{ subnet, first: subnet.replace(/0\/.*/, "9"), last: subnet.replace(/0\/.*/, "9") }], { domain });
    leases(database, "a", { network: "one" }).acquire(on("10.1.0.0/16", "cni0"), undefined);
    const two = leases(database, "b", { network: "two" });
    const error = refusal(() => two.acquire(on("10.1.2.0/24", "cni0"), undefined));
    assertEquals(error.code, "invalid");
    assertStringIncludes(error.message, "overlap: 10.1.2.0/24 of network two and 10.1.0.0/16 of network one");
    two.acquire(on("10.1.3.0/24", "cni1"), undefined);
    leases(database, "c", { network: "two" }).acquire(on("10.2.0.0/24", "cni0"), undefined);
    leases(database, "a", { network: "one" }).release("");
    assertEquals(leases(database, "d", { network: "two" }).acquire(on("10.1.2.0/24", "cni0"), undefined).range, 0);
  }));

Deno.test("a changed configuration gives no address that is held", () =>
  withDatabase((database) => {
    for (const at of [1, 2, 3]) leases(database, `c${at}`).acquire(pool([small]), undefined);
    const wide = pool([{ subnet: "10.1.0.0/24", first: "10.1.0.3", last: "10.1.0.6" }]);
    assertEquals(leases(database, "d1").acquire(wide, undefined).address, "10.1.0.5");
    assertEquals(leases(database, "d1").usage(wide).held, 3n);
    // Back to the old one, whose free space has followed.
    assertEquals(leases(database, "d2").acquire(pool([small]), undefined).address, "10.1.0.6");
    leases(database, "c3").release("");
    assertEquals(leases(database, "d3").acquire(wide, undefined).address, "10.1.0.4");
    assertEquals(refusal(() => leases(database, "d4").acquire(pool([small]), undefined)).code, "exhausted");
  }));

Deno.test("release() frees the attachment's own leases and answers how many", () =>
  withDatabase((database) => {
    leases(database, "a").acquire(pool([small]), undefined);
    leases(database, "a").acquire(pool([{ subnet: "fd00::/64", first: "fd00::1", last: "fd00::9" }]), undefined);
    leases(database, "b").acquire(pool([small]), undefined);
    const a = leases(database, "a");
    assertEquals(a.release("/other"), 0);
    assertEquals(a.context.changes, []);
    assertEquals(a.release(""), 2);
    assertEquals(a.context.changes, [{ kind: "lease-released", store: "", addresses: ["10.1.0.2", "fd00::1"] }]);
    assertEquals(a.release(""), 0);
    assertEquals(leases(database, "b").held(""), ["10.1.0.3"]);
  }));

Deno.test("retain() releases what belongs to none of the attachments", () =>
  withDatabase((database) => {
    for (const id of ["a", "b", "c"]) leases(database, id).acquire(pool([small]), undefined);
    leases(database, "x", { network: "two" }).acquire(pool([small]), undefined);
    const valid = [{ containerId: "b", ifname: "eth0" }, { containerId: "c", ifname: "eth9" }];
    assertEquals(leases(database, "").retain("", valid), 2);
    assertEquals(listLeases(database).map((lease) => lease.containerId), ["b", "x"]);
    assertEquals(leases(database, "").retain("", valid), 0);
  }));

Deno.test("retain() leaves what the ledger has, and what is under way, of its own network alone", () =>
  withDatabase((database) => {
    for (const id of ["attached", "adding", "gone", "imported"]) leases(database, id).acquire(pool([small]), undefined);
    database.run("UPDATE leases SET ifname = '' WHERE container_id = 'imported'");
    for (const id of ["attached", "imported"]) {
      database.run(
        `INSERT INTO attachments VALUES ('net', ?, 'eth0', 'bridge', '', '', '', '{}', '', '{}', '[]', 0, 'other', '')`,
        id,
      );
    }
    const underWay = [
      { network: "net", containerId: "adding", ifname: "eth0" },
      { network: "two", containerId: "gone", ifname: "eth0" },
    ];
    assertEquals(leases(database, "", { underWay }).retain("", []), 1);
    assertEquals(listLeases(database).map((lease) => lease.containerId), ["attached", "adding", "imported"]);
  }));

Deno.test("an acquire that could not be written down gives no lease", () =>
  withDatabase((database) => {
    const context = fakeContext(database);
    const failing = {
      ...context,
      record: () => {
        throw new Error("journal full");
      },
    };
    assertThrows(() => createLeases(failing).acquire(pool([small]), undefined), Error, "journal full");
    assertEquals(listLeases(database), []);
    assertEquals(leases(database, "b").acquire(pool([small]), undefined).address, "10.1.0.2");
  }));

Deno.test("undoLeaseChange() frees the lease, and never a later owner's", () =>
  withDatabase((database) => {
    const one = pool([{ subnet: "10.1.0.0/24", first: "10.1.0.9", last: "10.1.0.9" }], { cooldown: 60 });
    const first = leases(database, "a");
    first.acquire(one, undefined);
    const change = first.context.changes[0] as LeaseChange;
    undoLeaseChange(first.context, change);
    assertEquals(first.held(""), []);
    undoLeaseChange(first.context, change);
    const second = leases(database, "a");
    assertEquals(second.acquire(one, undefined).address, "10.1.0.9", "no cool-down after an undo");
    undoLeaseChange(first.context, change);
    assertEquals(second.held(""), ["10.1.0.9"], "the sequence of the first names no later lease");
    undoLeaseChange(leases(database, "b").context, second.context.changes[0] as LeaseChange);
    assertEquals(second.held(""), ["10.1.0.9"], "another attachment's undo frees nothing");
  }));

Deno.test("sequence numbers grow", () =>
  withDatabase((database) => {
    const numbers = ["a", "b", "c"].map((id) => {
      const { acquire, context } = leases(database, id);
      acquire(pool([small]), undefined);
      const change = context.changes[0];
      return change?.kind === "lease-acquired" ? change.sequence : 0;
    });
    assert(0 < numbers[0]! && numbers[0]! < numbers[1]! && numbers[1]! < numbers[2]!);
    assert(Number.isSafeInteger(numbers[2]));
  }));

Deno.test("listLeases() sorts addresses as numbers and names the pod", () =>
  withDatabase((database) => {
    const range = pool([{ subnet: "10.1.0.0/24", first: "10.1.0.1", last: "10.1.0.200" }]);
    leases(database, "a").acquire(range, "10.1.0.100");
    leases(database, "b", { pod: "web" }).acquire(range, "10.1.0.20");
    assertEquals(listLeases(database)[0], {
      network: "net",
      store: "",
      address: "10.1.0.20",
      containerId: "b",
      ifname: "eth0",
      podNamespace: "ns",
      podName: "web",
      sinceMs: 1_000_000,
    });
    assertEquals(listLeases(database)[1]?.address, "10.1.0.100");
  }));

Deno.test("usage() of a pool that was never used counts and makes nothing", () =>
  withDatabase((database) => {
    const { size, held, holders } = leases(database, "a").usage(pool([small]));
    assertEquals([size, held, holders], [5n, 0n, "network net holds no lease"]);
    assertEquals(database.all("SELECT id FROM pools"), []);
  }));
