// Headers of packets, byte by byte as the RFCs have them.

import { assertEquals } from "@std/assert";
import { readPacketHeader } from "./packet_header.ts";

/** Without options. */
function ipv4(protocol: number, above: readonly number[], fragment = 0): Uint8Array {
  const total = 20 + above.length;
  // deno-fmt-ignore
  return new Uint8Array([
    0x45, 0, total >> 8, total & 0xff, 0, 1, fragment >> 8, fragment & 0xff, 64, protocol, 0, 0,
    10, 1, 0, 5, 10, 1, 0, 6, ...above,
  ]);
}

function ipv6(next: number, above: readonly number[]): Uint8Array {
  const address = (last: number) => [0xfd, ...new Array(14).fill(0), last];
  // deno-fmt-ignore
  return new Uint8Array([0x60, 0, 0, 0, 0, above.length, next, 64, ...address(5), ...address(6), ...above]);
}

const PORTS = [0x9c, 0x40, 0x00, 0x50, 0, 0, 0, 0];
const four = { source: "10.1.0.5", destination: "10.1.0.6" };
const six = { source: "fd00::5", destination: "fd00::6" };
const ports = { sourcePort: 40000, destinationPort: 80 };

Deno.test("ports of TCP, UDP and SCTP, over both families", () => {
  for (const [number, protocol] of [[6, "tcp"], [17, "udp"], [132, "sctp"]] as const) {
    assertEquals(readPacketHeader(ipv4(number, PORTS)), { ...four, protocol, ...ports });
    assertEquals(readPacketHeader(ipv6(number, PORTS)), { ...six, protocol, ...ports });
  }
});

Deno.test("types of ICMP, and protocols by their number", () => {
  assertEquals(readPacketHeader(ipv4(1, [8, 0, 0, 0])), { ...four, protocol: "icmp", type: 8 });
  assertEquals(readPacketHeader(ipv6(58, [128, 0, 0, 0])), { ...six, protocol: "icmpv6", type: 128 });
  assertEquals(readPacketHeader(ipv4(47, PORTS)), { ...four, protocol: "47" });
});

Deno.test("options of IPv4 are passed over", () => {
  const packet = ipv4(6, [1, 1, 1, 1, ...PORTS]);
  packet[0] = 0x46;
  assertEquals(readPacketHeader(packet), { ...four, protocol: "tcp", ...ports });
});

Deno.test("extension headers of IPv6 are passed over", () => {
  const options = (next: number, length: number) => [next, length, ...new Array(6 + length * 8).fill(0)];
  const authentication = (next: number) => [next, 4, ...new Array(22).fill(0)];
  const packet = ipv6(0, [...options(60, 1), ...options(43, 0), ...options(51, 0), ...authentication(6), ...PORTS]);
  assertEquals(readPacketHeader(packet), { ...six, protocol: "tcp", ...ports });
});

Deno.test("a first fragment has ports, a later one has none", () => {
  assertEquals(readPacketHeader(ipv4(17, PORTS, 0x2000)), { ...four, protocol: "udp", ...ports });
  assertEquals(readPacketHeader(ipv4(17, PORTS, 0x2005)), { ...four, protocol: "udp" });
  assertEquals(readPacketHeader(ipv6(44, [17, 0, 0, 1, 0, 0, 0, 1, ...PORTS])), { ...six, protocol: "udp", ...ports });
  assertEquals(readPacketHeader(ipv6(44, [17, 0, 0, 9, 0, 0, 0, 1, ...PORTS])), { ...six, protocol: "udp" });
});

Deno.test("what is cut off tells as much as there is; what is no packet, nothing", () => {
  assertEquals(readPacketHeader(ipv4(6, PORTS).subarray(0, 22)), { ...four, protocol: "tcp" });
  assertEquals(readPacketHeader(ipv4(6, PORTS).subarray(0, 19)), undefined);
  assertEquals(readPacketHeader(ipv6(6, []).subarray(0, 39)), undefined);
  assertEquals(readPacketHeader(new Uint8Array()), undefined);
  assertEquals(readPacketHeader(new Uint8Array(40)), undefined);
});
