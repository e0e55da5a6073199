// UDP connections that the kernel tracks from before. Connection tracking keeps a flow's way as long as packets come: one
// that began before a port was mapped never reaches the pod, and one that was led to a pod goes on to its address, whoever
// has that. TCP and SCTP end with the pod's state.

import { listAllAddresses } from "../addresses/mod.ts";
import type { HostContext } from "../context.ts";
import { Conntrack, type ConntrackEntry } from "../sys/conntrack.ts";
import { attempt } from "../sys/errno.ts";
import { AF_INET, AF_INET6 } from "../sys/ip_address.ts";
import { currentNamespace } from "../sys/namespace.ts";
import { type CanonicalMap, PROTOCOL_NUMBERS } from "./port_map.ts";

/**
 * Forgets connections to ports that are mapped from now on, and what was led to the pods' addresses before they were these
 * pods'. One pass for all ports of a family. Best effort: where it fails the log says so.
 */
export function forgetBefore(context: HostContext, maps: readonly CanonicalMap[]): void {
  forget(context, maps, (own) => {
    const pods = new Set(own.map(({ address }) => address));
    const locals = new Set([...listAllAddresses(context).values()].flat().map(({ cidr }) => cidr.replace(/\/.*/, "")));
    const isPort = portTest(own);
    return (entry) => {
      const { original, reply } = entry;
      if (reply.source !== original.destination && pods.has(reply.source)) return true;
      // Only what is for the node itself: a pod's own questions to a name server elsewhere are no business of port 53.
      return isPort(entry) && (locals.has(original.destination) || original.destination.startsWith("127."));
    };
  });
}

/** Forgets connections that were led to pods by ports which are mapped no more. As `forgetBefore`. */
export function forgetAfter(context: HostContext, maps: readonly CanonicalMap[]): void {
  forget(context, maps, (own) => {
    const pods = new Set(own.map(({ address }) => address));
    const isPort = portTest(own);
    return (entry) =>
      pods.has(entry.reply.source) && entry.reply.source !== entry.original.destination && isPort(entry);
  });
}

function forget(
  context: HostContext,
  maps: readonly CanonicalMap[],
  testFor: (own: readonly CanonicalMap[]) => (entry: ConntrackEntry) => boolean,
): void {
  const udp = maps.filter(({ protocol }) => protocol === "udp");
  // A plan has no packets.
  if (udp.length === 0 || context.standIn !== undefined) return;
  try {
    const conntrack = shared ??= new Conntrack(currentNamespace());
    for (const [family, own] of Map.groupBy(udp, (map) => map.family)) {
      const test = testFor(own);
      attempt("forget UDP connections of mapped ports", () => {
        const number = family === 4 ? AF_INET : AF_INET6;
        conntrack.delete(conntrack.list(number, PROTOCOL_NUMBERS.udp).filter(test));
      });
    }
  } catch (error) {
    // It may be half read.
    shared?.close();
    shared = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    context.log("warn", `${reason}. UDP clients from before may get no answer until they are silent for 2 minutes`);
  }
}

/**
 * One for the process, as the packet filter's: where a socket of netfilter's is closed the kernel waits until all is freed
 * that was deleted from nftables just before, which took 20 ms of a DEL.
 */
let shared: Conntrack | undefined;

/** Whether a connection is to one of the ports, of the address that is meant. */
function portTest(maps: readonly CanonicalMap[]): (entry: ConntrackEntry) => boolean {
  const addresses = new Map([...Map.groupBy(maps, (map) => map.hostPort)]
    .map(([port, own]) => [port, new Set(own.map(({ hostAddress }) => hostAddress))]));
  return ({ original }) => {
    const wanted = addresses.get(original.destinationPort);
    return wanted !== undefined && (wanted.has(undefined) || wanted.has(original.destination));
  };
}
