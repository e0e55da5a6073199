// Packets that a rule of the test's own hands over, in a namespace of its own.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Namespace } from "../../test/lab/namespace.ts";
import { HostCallError } from "../error.ts";
import { openNamespace } from "./namespace.ts";
import { type LoggedPacket, PacketLog } from "./nflog.ts";
import { readPacketHeader } from "./packet_header.ts";

const RULES = `table inet t {
  chain c { type filter hook input priority 0; udp dport 4242 log group 77 prefix "egress-x 3" snaplen 64 drop; }
}`;

async function next(log: PacketLog): Promise<LoggedPacket[]> {
  for (;;) {
    const packets = await log.read();
    assert(!log.closed, "it is closed");
    if (packets !== undefined && packets.length > 0) return packets;
  }
}

Deno.test("what a rule logs comes with its prefix and the beginning of the packet; one listener for each group", async () => {
  await using place = await Namespace.create("nflog");
  const namespace = openNamespace(place.path);
  await place.run(["ip", "link", "set", "lo", "up"]);
  await place.run(["nft", RULES]);
  const log = new PacketLog(namespace, 77, 64);
  try {
    const packet = next(log);
    await place.run(["bash", "-c", "head -c 200 /dev/zero > /dev/udp/127.0.0.1/4242"]);
    const [first] = await packet;
    assertEquals([first!.prefix, first!.bytes.length], ["egress-x 3", 64]);
    const header = readPacketHeader(first!.bytes);
    assertEquals([header?.source, header?.destination, header?.protocol, header?.destinationPort], [
      "127.0.0.1",
      "127.0.0.1",
      "udp",
      4242,
    ]);
    const error = assertThrows(() => new PacketLog(namespace, 77, 64), HostCallError, "another process");
    assertEquals(error.code, "exists");
  } finally {
    log.close();
  }
});

Deno.test("a listener that is closed ends who waits, and leaves the group to the next", async () => {
  await using place = await Namespace.create("nflog-close");
  const namespace = openNamespace(place.path);
  const log = new PacketLog(namespace, 78, 64);
  const waiting = log.read();
  await new Promise((resolve) => setTimeout(resolve, 50));
  log.close();
  assertEquals([await waiting, log.closed], [undefined, true]);
  new PacketLog(namespace, 78, 64).close();
});
