// Port maps on a plan of a node, and then on the node itself, by two attachments: they must answer the same, refuse the
// same in the same words, and write down the same changes. And the plan must leave the node as it was.

import { assert, assertEquals } from "@std/assert";
import type * as PortMaps from "cnidaria:cni/port-maps@0.3.0";
import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { packetFilter } from "../firewall/packet_filter.ts";
import { createLinks } from "../links/mod.ts";
import { portMapsDifferences } from "../port-maps/drift.ts";
import { createPortMaps } from "../port-maps/mod.ts";
import { type PortsContext, portsTest } from "../port-maps/testing/with_ports.ts";
import { type PortMapsChange, undoPortMapsChange } from "../port-maps/undo.ts";
import { Reading } from "../reading.ts";
import { linkTo } from "../routes/link_to.ts";
import { createSysctl } from "../sysctl/mod.ts";
import { readFile } from "../sysctl/file.ts";
import { PlannedKernel } from "./kernel.ts";

interface Side {
  readonly ports: typeof PortMaps;
  readonly context: HostContext & { readonly changes: Change[] };
}
type Step = (a: Side, b: Side, pod: PortsContext) => unknown;

const web: PortMaps.PortMap = { protocol: "tcp", hostPort: 8080, address: "10.77.0.5", containerPort: 80 };
const dns: PortMaps.PortMap = {
  protocol: "udp",
  hostPort: 53,
  hostAddress: "fd77::1",
  address: "fd77::5",
  containerPort: 5353,
};
const hairpin = { networks: ["127.0.0.0/8", "10.77.0.0/24", "fd77::/64"], markBit: 13 };
const mine = ({ context }: Side) => context.changes.filter((it) => it.kind.startsWith("port-maps")) as PortMapsChange[];
const differences = (side: Side) => mine(side).flatMap((it) => portMapsDifferences(new Reading(side.context), it));

const steps: readonly Step[] = [
  (a) => a.ports.probe(),
  (a) => ["10.77.0.5", "fd77::5", "127.0.0.1", "203.0.113.1"].slice(0, 2).map((it) => linkTo(a.context, "host", it)),
  (a) => linkTo(a.context, "host", "203.0.113.1"),
  (a) => a.ports.add([web, dns], hairpin),
  (a) => a.ports.list(),
  (a) => differences(a),
  (a, _, { bridge }) => createSysctl(a.context).get("host", `net/ipv4/conf/${bridge}/route_localnet`),
  (a, _, { unique }) => createLinks(a.context).get("host", `v${unique}`).port?.hairpin,
  (_, b) => b.ports.add([{ ...web, address: "10.77.0.6" }], undefined),
  (_, b) => b.ports.add([{ ...web, hostPort: 8081 }, { ...web, hostAddress: "127.0.0.1" }], hairpin),
  (_, b) => b.ports.list(),
  (a) => a.ports.add([{ ...web, hostPort: 0 }], undefined),
  (a) => undoPortMapsChange(a.context, mine(a)[0]!),
  (a) => a.ports.list(),
  (_, b, { bridge }) => createSysctl(b.context).get("host", `net/ipv4/conf/${bridge}/route_localnet`),
  (_, b) => b.ports.release(),
  (_, b) => b.ports.list(),
  (_, b, { bridge }) => createSysctl(b.context).get("host", `net/ipv4/conf/${bridge}/route_localnet`),
  (_, b) => b.ports.release(),
];

portsTest("port maps of a plan are as the kernel's", (at, ruleset) => {
  const pods = [at("a"), at("b")] as const;
  pods[0].connect();
  const kernel = new PlannedKernel({
    netlink: (ns) => pods[0].netlink(ns),
    parameter: (ns, path) => readFile(pods[0].namespace(ns), path),
    packetFilter: () => packetFilter(),
  });
  const planned = pods.map((pod) => side(pod, kernel)) as [Side, Side];
  const answers = run(planned, pods[0]);
  const { hairpin: before } = createLinks(pods[0]).get("host", `v${pods[0].unique}`).port!;
  assertEquals([ruleset(), before], ["", false]);
  pods[0].database().run("DELETE FROM firewall_elements");
  const real = run(pods.map((pod) => side(pod, undefined)) as [Side, Side], pods[0]);
  assertEquals(answers, real);
  assert(JSON.stringify(answers).includes("two pods cannot have one port"), JSON.stringify(answers));
  assertEquals([kernel.packetFilter().added(), ruleset()], [[], ""]);
});

/** What the kernel has for `pod`, or a plan of it. */
function side(pod: PortsContext, standIn: PlannedKernel | undefined): Side {
  const changes: Change[] = [];
  const context = {
    attachment: pod.attachment,
    args: [],
    config: {},
    changes,
    namespace: (ns: "host" | "container") => pod.namespace(ns),
    netlink: (ns: "host" | "container") => standIn?.netlink(ns) ?? pod.netlink(ns),
    database: () => pod.database(),
    record: (change: Change) => void changes.push(change),
    log: () => {},
    ...standIn === undefined ? {} : { standIn },
  };
  return { context, ports: createPortMaps(context) };
}

function run([a, b]: readonly [Side, Side], pod: PortsContext): unknown[] {
  const told = steps.map((step) => {
    try {
      return { step: String(step), answer: step(a, b, pod) };
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
      return { step: String(step), error: error.payload };
    }
  });
  return [...told, a.context.changes, b.context.changes];
}
