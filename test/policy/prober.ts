// Who reaches whom, by real packets: every pair of endpoints, port, protocol and family at once, in one wait. TCP connects,
// a datagram or an SCTP INIT has to arrive. What is denied is dropped, so nothing but time tells that it never will:
// who expects an answer that has not come should ask again, with more time.

import { closeFile } from "../../host-funcs/sys/libc.ts";
import { type NetworkNamespace, openNamespace } from "../../host-funcs/sys/namespace.ts";
import { type Protocol, PROTOCOLS } from "./objects.ts";
import { PORTS } from "./places.ts";
import type { Endpoint } from "./policy_lab.ts";
import { INIT_BYTES, readInit, writeInit } from "./sctp.ts";
import * as sockets from "./sockets.ts";

/** One connection that is tried. `from` and `to` are names of endpoints. */
export interface Probe {
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly family: sockets.Family;
}

/** `x/a -> y/b TCP 80 IPv4` */
export function textOf({ from, to, protocol, port, family }: Probe): string {
  return `${from} -> ${to} ${protocol} ${port} IPv${family}`;
}

const FAMILIES = [4, 6] as const;
/** Of a round's probes; each round has the next one, so that no connection of an earlier round is known any more. */
const FIRST_SOURCE_PORT = 20_000;
const SOURCE_PORTS = 12_000;

/** What an endpoint has of one family for as long as the prober. */
interface Ear {
  readonly listeners: readonly number[];
  readonly datagrams: readonly number[];
  readonly raw: number;
  readonly any: string;
}

interface Place {
  readonly endpoint: Endpoint;
  readonly namespace: NetworkNamespace;
  readonly ears: Readonly<Record<sockets.Family, Ear>>;
}

const memory = new Uint8Array(2048);
const view = new DataView(memory.buffer);

export class Prober implements Disposable {
  readonly #places = new Map<string, Place>();
  #round = 0;

  /** @param endpoints all that take part in any round */
  constructor(endpoints: readonly Endpoint[]) {
    for (const endpoint of endpoints) {
      const namespace = openNamespace(endpoint.namespace.path);
      const ears = namespace.run(() => ({ 4: openEar(4), 6: openEar(6) }));
      this.#places.set(endpoint.name, { endpoint, namespace, ears });
    }
  }

  /** Tries all of them. @returns for each, whether it arrived within the time that the wait takes */
  run(probes: readonly Probe[], waitMs = 50): boolean[] {
    const round = ++this.#round;
    const sourcePort = FIRST_SOURCE_PORT + round % SOURCE_PORTS;
    const arrived = probes.map(() => false);
    const connections: { readonly fd: number; readonly probe: number }[] = [];
    const begun = performance.now();
    for (const [from, mine] of Map.groupBy(probes.keys(), (at) => probes[at]!.from)) {
      this.#place(from).namespace.run(() => this.#send(probes, mine, sourcePort, round, connections));
    }
    const connecting = new sockets.Connecting(connections.map(({ fd }) => fd));
    connecting.wait(waitMs, (at) => arrived[connections[at]!.probe] = true);
    // Datagrams have no answer that tells when they are there.
    const isOneWay = connections.length < probes.length;
    if (isOneWay) rest(Math.min(waitMs, 10) - (performance.now() - begun));
    for (const { fd } of connections) closeFile(fd);
    for (const place of this.#places.values()) this.#hear(place, round, probes, arrived);
    return arrived;
  }

  /**
   * Tries until all have arrived, while nothing forbids it: neighbours have to be found, and what waits for that may be
   * lost.
   *
   * @throws {Error} where some do not
   */
  settle(probes: readonly Probe[]): void {
    let missing = probes;
    for (let tries = 0; tries < 10 && missing.length > 0; tries++) {
      const arrived = this.run(missing, 500);
      missing = missing.filter((_, at) => !arrived[at]);
    }
    if (missing.length === 0) return;
    throw new Error(`Cannot probe as packets do not arrive although nothing forbids it: ${missing.map(textOf)}`);
  }

  #send(
    probes: readonly Probe[],
    mine: readonly number[],
    sourcePort: number,
    round: number,
    connections: { fd: number; probe: number }[],
  ): void {
    const senders = new Map<sockets.Family, number>();
    try {
      for (const at of mine) {
        const { from, to, protocol, port, family } = probes[at]!;
        const { ears } = this.#place(from);
        const { endpoint } = this.#place(to);
        const target = sockets.socketAddress(family === 4 ? endpoint.ipv4 : endpoint.ipv6, port);
        if (protocol === "TCP") {
          const fd = openFrom(family, sockets.SOCK_STREAM, ears[family].any, sourcePort);
          sockets.resetAtClose(fd);
          if (sockets.connect(fd, target)) connections.push({ fd, probe: at });
          else closeFile(fd);
        } else if (protocol === "UDP") {
          const fd = senders.get(family) ?? openFrom(family, sockets.SOCK_DGRAM, ears[family].any, sourcePort);
          senders.set(family, fd);
          view.setUint32(0, round);
          view.setUint32(4, at);
          sockets.sendTo(fd, memory, 8, target);
        } else {
          writeInit(memory, { sourcePort, destinationPort: port, tag: round, sequence: at });
          sockets.sendTo(ears[family].raw, memory, INIT_BYTES, withoutPort(target));
        }
      }
    } finally {
      for (const fd of senders.values()) closeFile(fd);
    }
  }

  #hear({ endpoint, ears }: Place, round: number, probes: readonly Probe[], arrived: boolean[]): void {
    const take = (at: number, protocol: Protocol, port: number, family: sockets.Family) => {
      const probe = probes[at];
      if (probe?.to !== endpoint.name || probe.protocol !== protocol || probe.port !== port) return;
      if (probe.family === family) arrived[at] = true;
    };
    for (const family of FAMILIES) {
      const { listeners, datagrams, raw } = ears[family];
      for (const fd of listeners) sockets.drainListener(fd);
      datagrams.forEach((fd, index) => {
        while (sockets.receive(fd, memory) >= 8) {
          if (view.getUint32(0) === round) take(view.getUint32(4), "UDP", PORTS[index]!, family);
        }
      });
      for (let length; (length = sockets.receive(raw, memory)) > 0;) {
        // IPv4's header is there, IPv6's is not (raw(7), ipv6(7)).
        const init = readInit(memory.subarray(family === 4 ? (memory[0]! & 15) * 4 : 0, length));
        if (init?.tag === round) take(init.sequence, "SCTP", init.destinationPort, family);
      }
    }
  }

  #place(name: string): Place {
    const place = this.#places.get(name);
    if (place === undefined) throw new Error(`Cannot probe ${name} as the prober was not given it`);
    return place;
  }

  [Symbol.dispose](): void {
    for (const { namespace, ears } of this.#places.values()) {
      for (const family of FAMILIES) {
        const { listeners, datagrams, raw } = ears[family];
        for (const fd of [...listeners, ...datagrams, raw]) closeFile(fd);
      }
      namespace.close();
    }
  }
}

/** All pairs of which one is a pod, every port, protocol and family. */
export function allProbes(pods: readonly string[], others: readonly string[] = []): Probe[] {
  const probes: Probe[] = [];
  for (const from of [...pods, ...others]) {
    for (const to of [...pods, ...others]) {
      if (others.includes(from) && others.includes(to)) continue;
      for (const protocol of PROTOCOLS) {
        for (const port of PORTS) {
          for (const family of FAMILIES) probes.push({ from, to, protocol, port, family });
        }
      }
    }
  }
  return probes;
}

/** In the namespace in which the thread is. */
function openEar(family: sockets.Family): Ear {
  const any = family === 4 ? "0.0.0.0" : "::";
  const at = (type: number, port: number) => {
    const fd = openFrom(family, type, any, port);
    if (type === sockets.SOCK_STREAM) sockets.listen(fd);
    else sockets.receiveMuch(fd);
    return fd;
  };
  const raw = sockets.open(family, sockets.SOCK_RAW, sockets.IPPROTO_SCTP);
  sockets.receiveMuch(raw);
  return {
    listeners: PORTS.map((port) => at(sockets.SOCK_STREAM, port)),
    datagrams: PORTS.map((port) => at(sockets.SOCK_DGRAM, port)),
    raw,
    any,
  };
}

function openFrom(family: sockets.Family, type: number, address: string, port: number): number {
  const fd = sockets.open(family, type);
  try {
    sockets.bindTo(fd, sockets.socketAddress(address, port));
    return fd;
  } catch (error) {
    closeFile(fd);
    throw error;
  }
}

/** Raw sockets of IPv6 take no port. */
function withoutPort(address: sockets.SocketAddress): sockets.SocketAddress {
  address[2] = address[3] = 0;
  return address;
}

function rest(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
