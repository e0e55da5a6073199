import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readAddress } from "../addresses/address_message.ts";
import { readNeighbor } from "../neighbors/neighbor_message.ts";
import { readRoute } from "../routes/route_message.ts";
import { readMessages } from "../sys/netlink_message.ts";
import { IFLA_ADDRESS, IFLA_IFNAME, linkMessage, readLink, RTM_NEWLINK } from "./link_message.ts";

Deno.test("readLink() reads what a message says", () => {
  const message = linkMessage(RTM_NEWLINK, { index: 7, flags: 0x10001 }).string(IFLA_IFNAME, "eth0")
    .bytes(IFLA_ADDRESS, Uint8Array.of(2, 0, 0, 0, 0, 0xab));
  const link = readLink(readMessages(message.finish(1))[0]!);
  assertEquals(link, {
    index: 7,
    name: "eth0",
    kind: "",
    mac: "02:00:00:00:00:ab",
    mtu: 0,
    up: true,
    running: false,
    promisc: false,
    allmulti: false,
    queueLength: 0,
  });
});

Deno.test("the readers of links, addresses, routes and neighbours take any bytes", () => {
  const readers = [readLink, readAddress, readRoute, readNeighbor];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0, 2, 7, 10), (bytes, family) => {
      const payload = Uint8Array.from([family, ...bytes.slice(1)]);
      for (const read of readers) {
        const value = read({ type: 16, flags: 0, sequence: 0, port: 0, payload });
        assert(value === undefined || typeof value === "object");
        if (payload.length < 8) assertEquals(value, undefined);
      }
    }),
    { numRuns: 2000 },
  );
});
