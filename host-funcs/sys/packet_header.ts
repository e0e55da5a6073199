// Who sends a packet to whom: its IP header, and the ports or the type above. Pure.
// Source: RFC 791, RFC 8200 (extension headers in section 4), RFC 4302 (AH), RFC 768, RFC 9293, RFC 9260, RFC 792, RFC 4443.

import { formatAddress } from "./ip_address.ts";

export interface PacketHeader {
  /** As the kernel prints them. */
  readonly source: string;
  readonly destination: string;
  /** `tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, or a number. */
  readonly protocol: string;
  /** Of TCP, UDP and SCTP, where the packet has them: later fragments have none. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Of ICMP and ICMPv6. */
  readonly type?: number;
}

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const SCTP = 132;
const NAMES: Readonly<Record<number, string>> = {
  [ICMP]: "icmp",
  [TCP]: "tcp",
  [UDP]: "udp",
  [ICMPV6]: "icmpv6",
  [SCTP]: "sctp",
};

const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;

/** Where what is above IP begins; undefined for what begins in another fragment. */
interface Above {
  readonly protocol: number;
  readonly at: number | undefined;
}

/** @returns undefined for what is no IP packet, or is cut off within its header */
export function readPacketHeader(bytes: Uint8Array): PacketHeader | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4 && bytes.length >= IPV4_LENGTH) {
    return header(bytes, bytes.slice(12, 16), bytes.slice(16, 20), aboveIpv4(bytes));
  }
  if (version === 6 && bytes.length >= IPV6_LENGTH) {
    return header(bytes, bytes.slice(8, 24), bytes.slice(24, 40), aboveIpv6(bytes));
  }
}

function header(bytes: Uint8Array, source: Uint8Array, destination: Uint8Array, { protocol, at }: Above): PacketHeader {
  const base = {
    source: formatAddress(source),
    destination: formatAddress(destination),
    protocol: NAMES[protocol] ?? String(protocol),
  };
  if (at === undefined) return base;
  if (protocol === ICMP || protocol === ICMPV6) return at < bytes.length ? { ...base, type: bytes[at]! } : base;
  if (protocol !== TCP && protocol !== UDP && protocol !== SCTP) return base;
  if (at + 4 > bytes.length) return base;
  return { ...base, sourcePort: u16(bytes, at), destinationPort: u16(bytes, at + 2) };
}

function aboveIpv4(bytes: Uint8Array): Above {
  const protocol = bytes[9]!;
  const isFirst = (u16(bytes, 6) & 0x1fff) === 0;
  return { protocol, at: isFirst ? (bytes[0]! & 0xf) * 4 : undefined };
}

function aboveIpv6(bytes: Uint8Array): Above {
  let [protocol, at] = [bytes[6]!, IPV6_LENGTH];
  while (at + 8 <= bytes.length) {
    const next = bytes[at]!;
    if (protocol === HOP_BY_HOP || protocol === ROUTING || protocol === DESTINATION_OPTIONS) {
      at += (bytes[at + 1]! + 1) * 8;
    } else if (protocol === AUTHENTICATION) at += (bytes[at + 1]! + 2) * 4;
    else if (protocol === FRAGMENT) {
      if (u16(bytes, at + 2) >> 3 !== 0) return { protocol: next, at: undefined };
      at += 8;
    } else break;
    protocol = next;
  }
  return { protocol, at };
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!;
}
