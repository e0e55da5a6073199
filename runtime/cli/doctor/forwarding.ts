// Whether what pods send is forwarded, as far as others' chains go: what one table drops, no other can accept.

import { isOwnTable } from "../../../host-funcs/firewall/packet_filter.ts";
import { currentNamespace, type NetworkNamespace } from "../../../host-funcs/sys/namespace.ts";
import { type ForwardDrop, forwardDrops } from "../../../host-funcs/sys/nftables_drops.ts";
import { openNftables } from "../../../host-funcs/sys/nftables_message.ts";
import type { Finding } from "./finding.ts";

const SUBJECT = "forwarding";
/** Where iptables-legacy lists its tables, which nftables does not know, by family. */
const LEGACY: Readonly<Record<string, string>> = {
  "/proc/thread-self/net/ip_tables_names": "iptables-legacy",
  "/proc/thread-self/net/ip6_tables_names": "ip6tables-legacy",
};

/** A finding for each chain that may drop what pods send or get. */
export function checkForwarding(namespace: NetworkNamespace = currentNamespace()): Finding[] {
  const socket = openNftables(namespace);
  try {
    const found = [...forwardDrops(socket, isOwnTable).map(findingOf), ...namespace.run(legacyTables)];
    return found.length > 0 ? found : [{ subject: SUBJECT, state: "ok", why: "no table of others drops it" }];
  } catch (error) {
    const why = `it is not known what others' tables drop: ${(error as Error).message}`;
    return [{ subject: SUBJECT, state: "warn", why, advice: "modprobe nf_tables" }];
  } finally {
    socket.close();
  }
}

function findingOf(drop: ForwardDrop): Finding {
  const { family, table, chain, reason } = drop;
  return {
    subject: SUBJECT,
    state: "warn",
    why: `nftables chain ${chain} of table ${family} ${table} may drop what pods send, as ${reason}: ` +
      "no other table can accept it",
    advice: `if it has no rule for the pods' network (NETWORK) yet: ${adviceFor(drop)}`,
  };
}

function adviceFor({ family, table, chain }: ForwardDrop): string {
  if (table === "firewalld") {
    return "firewall-cmd --permanent --zone=trusted --add-source=NETWORK; firewall-cmd --reload";
  }
  // iptables-nft has its rules there, and reads no others.
  if (table === "filter" && chain === "FORWARD" && (family === "ip" || family === "ip6")) {
    const tool = family === "ip" ? "iptables" : "ip6tables";
    return `${tool} -I FORWARD -s NETWORK -j ACCEPT; ${tool} -I FORWARD -d NETWORK -j ACCEPT ` +
      "(with docker: DOCKER-USER instead of FORWARD)";
  }
  const ip = family === "ip6" ? "ip6" : "ip";
  const insert = `nft insert rule ${family} ${table} ${chain} ${ip}`;
  return `${insert} saddr NETWORK accept; ${insert} daddr NETWORK accept; and the same in the file that makes the chain`;
}

/** Of iptables-legacy only the names of tables can be read. */
function legacyTables(): Finding[] {
  return Object.entries(LEGACY).filter(([path]) => namesIn(path).includes("filter")).map(([, tool]) => ({
    subject: SUBJECT,
    state: "warn",
    why: `${tool} has a filter table, whose policy cannot be read here: what it drops, no other table can accept`,
    advice: `see that ${tool} -S FORWARD accepts the pods' network`,
  }));
}

function namesIn(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n");
  } catch {
    return [];
  }
}
