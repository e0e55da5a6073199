import { assertEquals } from "@std/assert";
import { Conntrack } from "../sys/conntrack.ts";
import { currentNamespace } from "../sys/namespace.ts";
import { createPortMaps } from "./mod.ts";
import { type PortsContext, portsTest } from "./testing/with_ports.ts";

const hairpin = { networks: ["127.0.0.0/8", "10.77.0.0/24"], markBit: 13 };
const map = { protocol: "udp" as const, hostPort: 8080, address: "10.77.0.5", containerPort: 53 };
/** As a Service is one: to an address that nobody has, and from there to the pod, at the same ports. */
const SERVICE = "203.0.113.9";
const service = `add table ip service
add chain ip service pre { type nat hook prerouting priority dstnat ; }
add rule ip service pre ip daddr ${SERVICE} udp dport 8080 dnat to 10.77.0.5:53`;

/** Whom the pod answers when it speaks to an address itself: its own, or the node's. */
function answered(context: PortsContext, address: string): string[] {
  context.command("container", "bash", ["-c", `echo > /dev/udp/${address}/8080`]);
  const conntrack = new Conntrack(currentNamespace());
  try {
    return conntrack.list(2, 17).filter(({ original }) => original.destination === address)
      .map(({ reply }) => `${reply.source} to ${reply.destination}`);
  } finally {
    conntrack.close();
  }
}

portsTest("what the pod says to its own port is masqueraded; what a Service leads there is not", (at, _, nft) => {
  const context = at();
  context.connect();
  createPortMaps(context).add([map], hairpin);
  try {
    assertEquals(nft.run(service).ok, true);
    assertEquals(answered(context, "10.77.0.1"), ["10.77.0.5 to 10.77.0.1"]);
    assertEquals(answered(context, SERVICE), ["10.77.0.5 to 10.77.0.5"]);
  } finally {
    nft.run("delete table ip service");
  }
});

portsTest("without sources nothing is masqueraded", (at) => {
  const context = at();
  context.connect();
  // The bridge's port has to be in hairpin mode all the same, for the packet to be tracked.
  createPortMaps(context).add([{ ...map, hostPort: 9 }], hairpin);
  createPortMaps(context).add([map], undefined);
  assertEquals(answered(context, "10.77.0.1"), ["10.77.0.5 to 10.77.0.5"]);
});
