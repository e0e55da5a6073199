// What leaves the network of all pods gets this node's address, as outside nobody has a way back to a pod; and so does
// what comes from outside and goes on to a pod of another node, whose answer has to come back through here. In a table of
// the overlay's own, a chain for each family:
//
//   table inet cnidaria-overlay {
//     chain postrouting4 { type nat hook postrouting priority srcnat; ... four rules, each with a comment ... }
//   }
//
// The comment says what the rule was made from. By that it is known again: how nft prints rules differs by version.

import type { Family } from "cnidaria:cni/controller@0.3.0";
import { HostCallError } from "../error.ts";
import { refusal } from "../firewall/packet_filter.ts";
import { formatNetwork, parseNetwork } from "../ip_number.ts";
import type { Nft } from "../sys/libnftables.ts";

const TABLE = "inet cnidaria-overlay";

export interface OverlayMasquerade {
  /** Of all pods, CIDR notation. */
  readonly network: string;
  /** Of this node's pods. */
  readonly subnet: string;
}

/**
 * Makes the masquerade of a family what is wanted; undefined: none.
 *
 * @param nft in the node's namespace
 * @returns whether something was written: nothing is where it was so already
 * @throws {HostCallError} `invalid` for a network that is none of the family; `io` and `unsupported` with libnftables'
 * words
 */
export function setOverlayMasquerade(
  nft: Pick<Nft, "run">,
  family: Family,
  wanted: OverlayMasquerade | undefined,
): boolean {
  const chain = `${TABLE} ${chainOf(family)}`;
  const rules = wanted === undefined ? undefined : rulesOf(family, wanted);
  const present = presentRules(nft, chain);
  if (rules === undefined ? present === undefined : present !== undefined && isMadeOf(present, rules)) return false;
  const commands = rules === undefined ? [`delete chain ${chain}`] : [
    `add table ${TABLE}`,
    `add chain ${chain} { type nat hook postrouting priority srcnat ; policy accept ; }`,
    `flush chain ${chain}`,
    ...rules.map(({ text, comment }) => `add rule ${chain} ${text} comment "${comment}"`),
  ];
  const answer = nft.run(commands.join("\n"));
  if (answer.ok) return true;
  throw refusal(wanted ? `masquerade ${wanted.network}` : `end the ${family} masquerade of the overlay`, answer.error);
}

interface Rule {
  readonly text: string;
  readonly comment: string;
}

/** What is formatted here was parsed before: no text of a configuration gets into a command. */
function rulesOf(family: Family, { network, subnet }: OverlayMasquerade): Rule[] {
  const [all, own] = [canonical(family, network), canonical(family, subnet)];
  const [ip, multicast] = family === "ipv4" ? ["ip", "224.0.0.0/4"] : ["ip6", "ff00::/8"];
  const texts = [
    // From pod to pod.
    `${ip} saddr ${all} ${ip} daddr ${all} return`,
    // From a pod to outside. Two nodes behind one address choose their ports at random, so as not to choose the same.
    `${ip} saddr ${all} ${ip} daddr != ${multicast} masquerade fully-random`,
    // From outside to a pod of this node, which sees who it is; and to one of another node.
    `${ip} daddr ${own} return`,
    `${ip} daddr ${all} masquerade fully-random`,
  ];
  return texts.map((text, at) => ({ text, comment: `${at + 1}/${texts.length} of ${all}, ${own}` }));
}

/** The chain's rules as nft prints them, a line each; undefined where there is no such chain. */
function presentRules(nft: Pick<Nft, "run">, chain: string): string[] | undefined {
  const answer = nft.run(`list chain ${chain}`);
  if (!answer.ok) return undefined;
  const lines = answer.output.split("\n").map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith("type nat hook postrouting"));
  return start < 0 ? [] : lines.slice(start + 1).filter((line) => line !== "" && line !== "}");
}

function isMadeOf(present: readonly string[], rules: readonly Rule[]): boolean {
  return present.length === rules.length &&
    rules.every(({ comment }, at) => present[at]!.endsWith(`comment "${comment}"`));
}

function chainOf(family: Family): string {
  return family === "ipv4" ? "postrouting4" : "postrouting6";
}

function canonical(family: Family, text: string): string {
  const network = parseNetwork(text);
  if (network?.family === (family === "ipv4" ? 4 : 6)) return formatNetwork(network);
  throw new HostCallError("invalid", `Cannot masquerade ${JSON.stringify(text)} as it is no network of ${family}`);
}
