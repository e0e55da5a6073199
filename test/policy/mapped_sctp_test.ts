// An SCTP port of the node that leads to a pod: the kernel may have no SCTP, but it translates its packets.

import { assertEquals } from "@std/assert";
import { createPortMaps } from "../../host-funcs/port-maps/mod.ts";
import { portsTest } from "../../host-funcs/port-maps/testing/with_ports.ts";
import { closeFile } from "../../host-funcs/sys/libc.ts";
import { INIT_BYTES, readInit, writeInit } from "./sctp.ts";
import * as sockets from "./sockets.ts";

const IPV4_HEADER = 20;

portsTest("an SCTP INIT for a mapped port arrives at the pod's port", (at) => {
  const context = at();
  context.connect();
  createPortMaps(context).add(
    [{ protocol: "sctp", hostPort: 8080, address: "10.77.0.5", containerPort: 36412 }],
    undefined,
  );
  const open = () => sockets.open(4, sockets.SOCK_RAW, sockets.IPPROTO_SCTP);
  const [pod, node] = [context.namespace("container").run(open), open()];
  try {
    const init = { sourcePort: 40_000, destinationPort: 8080, tag: 7, sequence: 1 };
    const packet = new Uint8Array(128);
    writeInit(packet, init);
    assertEquals(sockets.sendTo(node, packet, INIT_BYTES, sockets.socketAddress("10.77.0.1", 0)), true);
    const into = new Uint8Array(2048);
    assertEquals(receive(pod, into), IPV4_HEADER + INIT_BYTES);
    assertEquals(readInit(into.subarray(IPV4_HEADER)), { ...init, destinationPort: 36412 });
  } finally {
    closeFile(pod);
    closeFile(node);
  }
});

/** What came within a second: the pod's address has to be resolved before. */
function receive(fd: number, into: Uint8Array<ArrayBuffer>): number {
  for (const end = performance.now() + 1_000; performance.now() < end;) {
    const length = sockets.receive(fd, into);
    if (length >= 0) return length;
  }
  return -1;
}
