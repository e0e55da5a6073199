import { assert, assertEquals } from "@std/assert";
import { RTM_DELNEIGH, RTM_NEWNEIGH } from "../neighbors/neighbor_message.ts";
import { RTM_DELROUTE, RTM_NEWROUTE } from "../routes/route_message.ts";
import { EAGAIN, ENOENT, KernelError } from "../sys/errno.ts";
import type { NetlinkMessage } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { applyAll, type Operation } from "./apply.ts";
import { fdbOf, neighborOf, type OverlayObject, routeOf } from "./object.ts";
import { emptyReport } from "./report.ts";
import { tunnelPeer } from "./testing.ts";

/** Takes what is sent, and answers each message the same. */
class Recorder implements RouteNetlink {
  readonly sends: number[][] = [];

  constructor(private readonly answer?: KernelError) {}

  batch(messages: readonly NetlinkMessage[]) {
    this.sends.push(messages.map(({ type }) => type));
    return messages.map(() => this.answer);
  }

  request(): never {
    throw new Error("one at a time");
  }

  query(): never {
    throw new Error("a question");
  }

  dump(): never {
    throw new Error("a question");
  }
}

function objects(number: number): OverlayObject[] {
  const { routes, neighbors, fdb } = tunnelPeer(number);
  return [...routes.map(routeOf), ...neighbors.map(neighborOf), ...fdb.map(fdbOf)];
}

const puts = objects(1).map((object): Operation => ({ put: true, object, index: 7, peer: "ipv4 one" }));
const removals = objects(2).map((object): Operation => ({ put: false, object, index: 7, peer: "ipv4 two" }));

Deno.test("what a route needs is there before it, and goes after it", () => {
  const netlink = new Recorder();
  const report = emptyReport();
  applyAll(netlink, [...removals, ...puts], report, () => {});
  assertEquals(netlink.sends, [[
    ...[RTM_NEWNEIGH, RTM_NEWNEIGH, RTM_NEWROUTE],
    ...[RTM_DELROUTE, RTM_DELNEIGH, RTM_DELNEIGH],
  ]]);
  assertEquals([report.made, report.removed, report.errors], [3, 3, []]);
});

Deno.test("many are sent in parts", () => {
  const netlink = new Recorder();
  const many = Array.from({ length: 500 }, (_, at) => objects(at + 1)).flat();
  applyAll(netlink, many.map((object) => ({ put: true, object, index: 7, peer: "ipv4 x" })), emptyReport(), () => {});
  assertEquals(netlink.sends.flat().length, 1500);
  assert(netlink.sends.every(({ length }) => length <= 200));
});

Deno.test("what is gone already is removed; any other failure is an error that names the thing and the peer", () => {
  const done: Operation[] = [];
  const gone = emptyReport();
  applyAll(new Recorder(new KernelError(ENOENT)), removals, gone, (operation) => done.push(operation));
  assertEquals([gone.removed, gone.errors, done.length], [0, [], 3]);
  const late = emptyReport();
  applyAll(new Recorder(new KernelError(EAGAIN)), [...puts.slice(0, 1), ...removals.slice(0, 1)], late, () => {});
  assertEquals(late.errors, [
    {
      family: "ipv4",
      peer: "one",
      message:
        "Cannot set the route to 10.244.1.0/24 via 10.244.1.0 on flannel.1 as the kernel did not answer in time " +
        "(EAGAIN)",
    },
    {
      family: "ipv4",
      peer: "two",
      message: "Cannot remove the route to 10.244.2.0/24 via 10.244.2.0 on flannel.1 as the kernel did not answer in " +
        "time (EAGAIN)",
    },
  ]);
});
