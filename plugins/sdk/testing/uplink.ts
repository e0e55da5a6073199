// A node with an interface that leads out, for the tests of plugins that put containers on one.

import type { TestNode } from "../../../runtime/testkit/test_node.ts";

/** `uplink`, up, with a default route through it. @returns the node */
export function withUplink(node: TestNode, { mtu = 1500 }: { mtu?: number } = {}): TestNode {
  const { links, addresses, routes } = node.functions;
  links.createVeth({ peerNs: "host", peerName: "switch", name: "uplink", mtu });
  for (const name of ["uplink", "switch"]) links.set("host", name, { up: true });
  addresses.add("host", "uplink", { cidr: "192.0.2.99/24", dad: false });
  routes.add("host", { dst: "0.0.0.0/0", gateway: "192.0.2.1", link: "uplink", onlink: false });
  return node;
}
