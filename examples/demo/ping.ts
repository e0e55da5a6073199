// One echo request and its reply (RFC 792, RFC 4443), sent from inside a pod: ping(8) may not be installed.

import { parseAddress } from "../../host-funcs/sys/ip_address.ts";
import { checked, closeFile, libc, readInto, setSocketOption, writeFrom } from "../../host-funcs/sys/libc.ts";
import { openNamespace } from "../../host-funcs/sys/namespace.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const REPLY = { 4: 0, 6: 129 } as const;
const REQUEST = { 4: 8, 6: 128 } as const;

/**
 * Pings an address from a namespace.
 *
 * @returns milliseconds until the reply came; nothing if none came within `tries` times 300 ms
 * @throws {KernelError} where no raw socket can be had
 */
export function ping(namespacePath: string, address: string, tries = 5): number | undefined {
  const { bytes } = parseAddress(address);
  const version = bytes.length === 4 ? 4 : 6;
  const namespace = openNamespace(namespacePath);
  let fd: number;
  try {
    fd = namespace.run(() =>
      checked(
        version === 4
          ? libc.socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)
          : libc.socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6),
      )
    );
  } finally {
    namespace.close();
  }
  try {
    connect(fd, version, bytes);
    setSocketOption(fd, SOL_SOCKET, SO_RCVTIMEO, timeout(300));
    const id = crypto.getRandomValues(new Uint16Array(1))[0]!;
    for (let sequence = 1; sequence <= tries; sequence++) {
      const start = performance.now();
      if (exchange(fd, version, id, sequence)) return performance.now() - start;
    }
    return undefined;
  } finally {
    closeFile(fd);
  }
}

function exchange(fd: number, version: 4 | 6, id: number, sequence: number): boolean {
  const request = new Uint8Array(256);
  const view = new DataView(request.buffer);
  view.setUint8(0, REQUEST[version]);
  view.setUint16(4, id);
  view.setUint16(6, sequence);
  // The kernel fills in ICMPv6's checksum itself.
  if (version === 4) view.setUint16(2, checksum(view, 64));
  const reply = new Uint8Array(512);
  const until = performance.now() + 300;
  try {
    writeFrom(fd, request, 64);
    while (performance.now() < until) {
      const length = readInto(fd, reply);
      // IPv4 hands over the IP header as well.
      const at = version === 4 ? (reply[0]! & 0x0f) * 4 : 0;
      const got = new DataView(reply.buffer, at);
      const ours = got.getUint16(4) === id && got.getUint16(6) === sequence;
      if (length >= at + 8 && got.getUint8(0) === REPLY[version] && ours) return true;
    }
  } catch {
    // Time-out, or unreachable for now.
  }
  return false;
}

function connect(fd: number, version: 4 | 6, address: Uint8Array): void {
  const library = Deno.dlopen("libc.so.6", {
    connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  });
  try {
    const socketAddress = new Uint8Array(256);
    new DataView(socketAddress.buffer).setUint16(0, version === 4 ? AF_INET : AF_INET6, true);
    socketAddress.set(address, version === 4 ? 4 : 8);
    checked(library.symbols.connect(fd, socketAddress, version === 4 ? 16 : 28));
  } finally {
    library.close();
  }
}

/** struct timeval */
function timeout(ms: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(256);
  new DataView(bytes.buffer).setBigInt64(8, BigInt(ms * 1000), true);
  return bytes.subarray(0, 16);
}

/** RFC 1071 */
function checksum(view: DataView, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i += 2) sum += view.getUint16(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
