// Netlink answers that the kernel does not give: truncated, with other bytes, with lengths that lie. Reading them comes
// to an end, and throws nothing but typed errors. A pod can send such messages to the sockets in its namespace.

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { HostCallError } from "../../host-funcs/error.ts";
import { addressQuery, readAddress } from "../../host-funcs/addresses/address_message.ts";
import { linkQuery, readLink } from "../../host-funcs/links/link_message.ts";
import { readNeighbor } from "../../host-funcs/neighbors/neighbor_message.ts";
import { readRoute, routeQuery } from "../../host-funcs/routes/route_message.ts";
import { KernelError } from "../../host-funcs/sys/errno.ts";
import { openNamespace } from "../../host-funcs/sys/namespace.ts";
import { readStatus } from "../../host-funcs/sys/netlink_error.ts";
import {
  Attributes,
  NetlinkMessage,
  NLMSG_ERROR,
  readAttributes,
  readMessages,
  type ReceivedMessage,
} from "../../host-funcs/sys/netlink_message.ts";
import { openNetlink } from "../../host-funcs/sys/netlink_socket.ts";
import { labTest } from "../lab/isolation.ts";
import { Namespace } from "../lab/namespace.ts";

const READERS: readonly ((message: ReceivedMessage) => unknown)[] = [
  readLink,
  readAddress,
  readRoute,
  readNeighbor,
  readStatus,
  ({ payload }) => new Attributes(payload, 16).nested(18)?.nested(2)?.string(1),
];

/** A message as it comes from the socket. */
function bytesOf({ type, flags, payload }: Pick<ReceivedMessage, "type" | "flags" | "payload">): Uint8Array {
  const message = new NetlinkMessage(type, flags);
  for (const byte of payload) message.u8(byte);
  return message.finish(1);
}

/** Real answers of a namespace that has a bit of everything. */
async function realAnswers(): Promise<Uint8Array[]> {
  await using pod = await Namespace.create("netlink");
  await pod.ip("link set lo up");
  await pod.ip("link add br0 type bridge");
  await pod.ip("link add eth0 mtu 1400 type veth peer name eth1");
  await pod.ip("link set eth1 master br0 up");
  await pod.ip("link set eth0 up");
  await pod.ip("address add 10.1.0.2/24 dev eth0");
  await pod.ip("address add fd00::2/64 dev eth0 nodad");
  await pod.ip("route add default via 10.1.0.1");
  await pod.ip("neighbor add 10.1.0.9 lladdr 02:00:00:00:00:09 dev eth0");
  const namespace = openNamespace(pod.path);
  const netlink = openNetlink(namespace);
  try {
    const RTM_GETNEIGH = 30;
    const neighbors = new NetlinkMessage(RTM_GETNEIGH).u8(0, 0, 0, 0).u32(0).u16(0).u8(0, 0);
    const queries = [linkQuery(), addressQuery(0), routeQuery(2, 254), routeQuery(10, 254), neighbors];
    return queries.flatMap((query) => netlink.dump(query)).map(bytesOf);
  } finally {
    netlink.close();
    namespace.close();
  }
}

/** Reads bytes as a socket does, with every reader. @throws {Error} what is no typed error */
function readAll(bytes: Uint8Array): number {
  const messages = readMessages(bytes);
  assert(messages.length <= bytes.length / 16);
  for (const message of messages) {
    for (const read of READERS) {
      try {
        read(message);
      } catch (error) {
        if (!(error instanceof HostCallError) && !(error instanceof KernelError)) throw error;
      }
    }
  }
  return messages.length;
}

const change = fc.record({ at: fc.nat(), value: fc.oneof(fc.constantFrom(0, 1, 3, 4, 0xff), fc.nat(255)) });

Deno.test({
  ...labTest("readers of netlink answers take any change of a real one"),
  fn: async () => {
    const real = await realAnswers();
    assert(real.length > 10, `${real.length} answers`);
    for (const bytes of real) assertEquals(readAll(bytes), 1);
    const answer = fc.record({
      bytes: fc.constantFrom(...real),
      changes: fc.array(change, { maxLength: 8 }),
      length: fc.option(fc.nat(400)),
      second: fc.constantFrom(...real),
    });
    fc.assert(
      fc.property(answer, ({ bytes, changes, length, second }) => {
        const changed = new Uint8Array([...bytes, ...second]);
        for (const { at, value } of changes) changed[at % changed.length] = value;
        readAll(changed.subarray(0, length ?? changed.length));
      }),
      { numRuns: 20_000 },
    );
  },
});

Deno.test("readers of netlink answers take any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(70), fc.nat(0xffff), (payload, type, flags) => {
      readAll(payload);
      readAll(bytesOf({ type, flags, payload }));
      readAll(bytesOf({ type: NLMSG_ERROR, flags, payload }));
      assert(readAttributes(payload).length <= payload.length / 4);
    }),
    { numRuns: 5_000 },
  );
});
