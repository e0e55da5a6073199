// The kernel's packet filter as the firewall's parts use it: tables and chains by libnftables, which is opened when one
// is missing, and elements by netlink. One for the process, opened when it is first needed.

import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { Reading } from "../reading.ts";
import type { ForwardDrop } from "../sys/nftables_drops.ts";
import { Nft } from "../sys/libnftables.ts";
import {
  type ElementChange,
  type ElementKey,
  NftablesElements,
  type SetElement,
  type TableFamily,
} from "../sys/nftables_elements.ts";
import { attempt } from "../sys/errno.ts";

/**
 * Name of the host's own tables, `inet cnidaria` and `bridge cnidaria`. Others begin with it and a dash. The program
 * touches no table but these.
 */
export const tableName = "cnidaria";

/** Whether a table of that name is the host's, or a plugin's. */
export function isOwnTable(name: string): boolean {
  return name === tableName || name.startsWith(`${tableName}-`);
}

/** Where no table is named, it is `tableName`. */
export interface PacketFilter {
  /**
   * Runs nft commands, all or none.
   *
   * @param doing what they are for: `masquerade 10.1.0.5`
   * @throws {HostCallError} `io` with libnftables' words; `unsupported` where the kernel cannot do it
   */
  run(commands: readonly string[], doing: string): void;
  /** As `run`, but nothing is changed. */
  check(commands: readonly string[], doing: string): void;
  hasChain(family: TableFamily, chain: string, table?: string): boolean;
  /** How many rules a chain has: 0 where there is no such chain. Someone may have flushed it. */
  countRules(family: TableFamily, chain: string, table?: string): number;
  /** The names of a table's chains; none where there is no such table. */
  chains(family: TableFamily, table?: string): string[];
  /** Base chains of others, in the forward hook, that drop what they do not accept. */
  forwardDrops(): ForwardDrop[];
  element(at: ElementKey): SetElement | undefined;
  /** The keys of all elements of a set; none where there is no such set. */
  keys(family: TableFamily, set: string, table?: string): Uint8Array[];
  /**
   * Changes elements, all or none.
   *
   * @throws {HostCallError}
   */
  change(changes: readonly ElementChange[], doing: string): void;
}

/** What it takes to see whether something of a pod is in force. */
export type FilterReading = Pick<PacketFilter, "element" | "countRules">;

/** An element is looked up by itself, as a set can be large; rules serve all pods, and are counted once. */
export function readOnce(now: Reading): FilterReading {
  const filter = packetFilter(now.context);
  return {
    element: (at) => filter.element(at),
    countRules: (family, chain, table) =>
      now.shared("host", `rules ${family} ${table ?? ""} ${chain}`, () => filter.countRules(family, chain, table)),
  };
}

let shared: PacketFilter | undefined;

/**
 * The packet filter of the namespace that the thread is in at the first use; where changes are only planned, what stands
 * in for it.
 *
 * @throws {HostCallError} `unsupported`, if libnftables is missing
 */
export function packetFilter(context?: Pick<HostContext, "standIn">): PacketFilter {
  return context?.standIn?.packetFilter() ?? (shared ??= openPacketFilter());
}

function openPacketFilter(): PacketFilter {
  let nft: Nft | undefined;
  const elements = new NftablesElements(tableName);
  return {
    run: (commands, doing) => {
      if (commands.length === 0) return;
      const answer = (nft ??= Nft.open()).run(commands.join("\n"));
      if (!answer.ok) throw refusal(doing, answer.error);
    },
    check: (commands, doing) => {
      const answer = (nft ??= Nft.open()).check(commands.join("\n"));
      if (!answer.ok) throw refusal(doing, answer.error);
    },
    hasChain: (family, chain, table) =>
      attempt(`look for nftables chain ${chain}`, () => elements.hasChain(family, chain, table)),
    countRules: (family, chain, table) =>
      attempt(`read the rules of nftables chain ${chain}`, () => elements.countRules(family, chain, table)),
    chains: (family, table) =>
      attempt(`list the chains of nftables table ${table ?? tableName}`, () => elements.chains(family, table)),
    forwardDrops: () =>
      attempt("look for nftables chains that drop what is forwarded", () => elements.forwardDrops(isOwnTable)),
    element: (at) => attempt(`look for an element of nftables set ${at.set}`, () => elements.element(at)),
    keys: (family, set, table) =>
      attempt(`list the elements of nftables set ${set}`, () => elements.keys(family, set, table)),
    change: (changes, doing) => attempt(doing, () => elements.change(changes)),
  };
}

/** The host function's error for what libnftables said. */
export function refusal(doing: string, error: string): HostCallError {
  // The first two lines are the reason and the command; the third points at a word of it.
  const [reason = "", command = ""] = error.split("\n");
  const words = reason.replace(/^Error: (?:Could not process rule: )?/, "");
  if (/not supported/.test(words)) {
    return new HostCallError(
      "unsupported",
      `Cannot ${doing} as this kernel's nftables cannot: ${words}: ${command}. It needs nf_tables with NAT ` +
        `(CONFIG_NFT_NAT, CONFIG_NFT_MASQ), and NF_TABLES_BRIDGE for macspoofchk and ingressPolicy isolated`,
    );
  }
  if (/not permitted/.test(words)) {
    return new HostCallError("io", `Cannot ${doing} as nftables needs CAP_NET_ADMIN: ${words}: ${command}`);
  }
  return new HostCallError("io", `Cannot ${doing} as nftables refused: ${words}: ${command}`);
}
