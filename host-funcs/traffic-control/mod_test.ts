// Limits in the kernel, read by tc(8).

import { assert, assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { differencesOf, redo } from "../drift.ts";
import { createLinks } from "../links/mod.ts";
import { Reading } from "../reading.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { undo } from "../undo.ts";
import { ifbName } from "./ifb_name.ts";
import { createTrafficControl } from "./mod.ts";

/** What `tc -j` prints on the host. */
// deno-lint-ignore no-explicit-any
function tc(context: TestContext, ...args: string[]): any {
  return context.command("host", "tc", ["-j", ...args]);
}

/** The queueing disciplines of a link, without the kernel's own. */
function qdiscs(context: TestContext, link: string) {
  const all = tc(context, "qdisc", "show", "dev", link) as { kind: string; options: Record<string, number> }[];
  return all.filter(({ kind }) => kind !== "noqueue")
    .map(({ kind, options: { rate, burst, lat } }) => kind === "tbf" ? { kind, rate, burst, lat } : { kind });
}

function attached(context: TestContext, mtu = 1500): string {
  const name = `v${context.unique}`;
  const links = createLinks(context);
  links.createVeth({ peerNs: "container", peerName: "eth0", name, mtu });
  links.set("host", name, { up: true });
  links.set("container", "eth0", { up: true });
  context.changes.length = 0;
  return name;
}

/** Runs on an attachment that goes afterwards. */
function limitTest(title: string, fn: (context: TestContext, end: string) => void, mtu?: number): void {
  networkTest(title, (context) => {
    const end = attached(context, mtu);
    try {
      fn(context, end);
    } finally {
      const links = createLinks(context);
      for (const { name } of links.list("host")) {
        if (name === end || name === ifbName(context.attachment)) links.delete("host", name);
      }
    }
  });
}

limitTest("both directions, as tc shows them, and all of it taken back", (context, end) => {
  const ifb = ifbName(context.attachment);
  const limited = createTrafficControl(context).limit("eth0", {
    toContainer: { rate: 8_000_000n, burst: 400_000n },
    fromContainer: { rate: 80_000_000_000n, burst: 800_000_000n },
  });
  assertEquals([limited.hostEnd, limited.ifb?.name], [end, ifb]);
  const near = (found: number, wanted: number) =>
    assert(Math.abs(found - wanted) <= wanted / 1000, `${found} ${wanted}`);
  const [to, ingress] = qdiscs(context, end);
  assertEquals([to!.kind, to!.rate, ingress!.kind], ["tbf", 1_000_000, "ingress"]);
  near(to!.burst!, 50_000);
  near(to!.lat!, 25_000);
  // More bytes a second than 32 bits count.
  const [from] = qdiscs(context, ifb);
  assertEquals(from!.rate, 10_000_000_000);
  near(from!.burst!, 100_000_000);
  const filters = tc(context, "filter", "show", "dev", end, "parent", "ffff:");
  const [action] = filters.find((it: { options?: { actions?: unknown } }) => it.options?.actions).options.actions;
  assertEquals([action.mirred_action, action.direction, action.to_dev], ["redirect", "egress", ifb]);
  assertEquals(tc(context, "-s", "qdisc", "show", "dev", ifb).length, 1);
  assertEquals(context.ip("host", "link", "show", ifb)[0].flags.includes("UP"), true);

  assertEquals(context.changes.map(({ kind }) => kind), ["limit-added", "link-created", "limit-added"]);
  for (const _ of ["once", "and again"]) {
    for (const change of context.changes.toReversed()) undo(context, change);
    assertEquals(qdiscs(context, end), []);
    assertEquals(createLinks(context).list("host").some(({ name }) => name === ifb), false);
  }
});

limitTest("where no burst is given it is 10 ms of the rate, or ten frames", (context, end) => {
  const limit = (rate: bigint) => {
    createTrafficControl(context).limit("eth0", { toContainer: { rate } });
    const [{ burst = 0 } = {}] = qdiscs(context, end);
    undo(context, context.changes.at(-1)!);
    return burst;
  };
  const near = (found: number, wanted: number) =>
    assert(Math.abs(found - wanted) <= wanted / 1000, `${found} ${wanted}`);
  near(limit(1_000_000n), 10 * 9014);
  near(limit(800_000_000n), 1_000_000);
}, 9000);

limitTest("what differs is named, and made again", (context, end) => {
  createTrafficControl(context).limit("eth0", {
    toContainer: { rate: 8_000_000n },
    fromContainer: { rate: 8_000_000n },
  });
  const ifb = ifbName(context.attachment);
  const changes = [...context.changes];
  const differences = () => changes.flatMap((change) => differencesOf(new Reading(context), change));
  const mended = (...damage: string[][]) => {
    assertEquals(differences(), []);
    for (const args of damage) context.command("host", args[0]!, args.slice(1));
    const found = differences();
    for (const change of changes) redo(context, change);
    assertEquals(differences(), []);
    return found;
  };
  assertEquals(
    mended([
      "tc",
      "qdisc",
      "replace",
      "dev",
      end,
      "root",
      "handle",
      "1:",
      "tbf",
      "rate",
      "9mbit",
      "burst",
      "15140",
      "limit",
      "40000",
    ]),
    [
      `${end} (host) lets 9 Mbit/s pass to the container, not 8 Mbit/s`,
    ],
  );
  const [burst] = mended([
    "tc",
    "qdisc",
    "replace",
    "dev",
    ifb,
    "root",
    "handle",
    "1:",
    "tbf",
    "rate",
    "8mbit",
    "burst",
    "30000",
    "limit",
    "60000",
  ]);
  assert(burst?.includes(`${ifb} (host) lets a burst of`), burst);
  assertEquals(mended(["tc", "qdisc", "del", "dev", end, "root"], ["tc", "qdisc", "del", "dev", end, "ingress"]), [
    `${end} (host) does not limit what passes to the container`,
    `${end} (host) does not send what comes from the container to ${ifb}`,
  ]);
  assertEquals(mended(["ip", "link", "del", ifb]), [`link ${ifb} (host) is gone`, `link ${ifb} (host) is gone`]);
  createLinks(context).delete("host", end);
  assert(differences().includes(`link ${end} (host) is gone`));
});

limitTest("what another has put there stays, and nothing is left of ours", (context, end) => {
  context.command("host", "tc", ["qdisc", "add", "dev", end, "ingress"]);
  const error = assertThrows(
    () => createTrafficControl(context).limit("eth0", { toContainer: { rate: 8000n }, fromContainer: { rate: 8000n } }),
    HostCallError,
  );
  assertEquals(error.code, "exists");
  assertEquals(qdiscs(context, end), [{ kind: "ingress" }]);
  assertEquals(createLinks(context).list("host").some(({ name }) => name === ifbName(context.attachment)), false);
});

limitTest("a device that a lost attachment of the same name has left is made anew", (context) => {
  const ifb = ifbName(context.attachment);
  context.command("host", "ip", ["link", "add", ifb, "mtu", "1400", "type", "ifb"]);
  createTrafficControl(context).limit("eth0", { fromContainer: { rate: 8000n } });
  const [link] = context.ip("host", "link", "show", ifb);
  assertEquals([link.mtu, link.flags.includes("UP")], [1500, true]);
});

networkTest("the end must be on the host", (context) => {
  // Both ends in the container.
  context.command("container", "ip", ["link", "add", "eth0", "type", "veth", "peer", "name", "eth1"]);
  const error = assertThrows(
    () => createTrafficControl(context).limit("eth0", { toContainer: { rate: 8000n } }),
    HostCallError,
  );
  assertEquals([error.code, error.message.includes("is not on the host")], ["invalid", true]);
});
