// Everything that the kernel and the disk hold of a namespace, as lines of text: a test compares before and after.

import type { Namespace } from "./namespace.ts";

/** Kernel parameters that plugins set. */
const PARAMETERS = [
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/rp_filter",
  "net/ipv4/conf/all/arp_notify",
  "net/ipv6/conf/all/forwarding",
  "net/ipv6/conf/all/accept_dad",
];

/** What the kernel adds to a link on its own, some time after it came up: the link's own line stands for it. */
const COMES_BY_ITSELF = /\bfe80::|\bmulticast ff00::|\banycast |^33:33:/;

/** The queueing disciplines that the kernel gives to links. */
const OF_ITSELF = /^qdisc (noqueue|mq|pfifo_fast|fq_codel) /;

/** Between the answers of two commands. */
const END = "-- end --";

/** What a dump leaves out. */
export interface DumpOptions {
  /** Links that may stay, with everything that is on them: a bridge, which serves the next pod as well. */
  readonly except?: readonly string[];
  /** Directories whose files belong to the state; each file's path and content. */
  readonly files?: readonly string[];
  /** Whether kernel parameters are left out: forwarding stays on after the last pod. */
  readonly exceptParameters?: boolean;
}

/**
 * The full state of a namespace: links, addresses, routes of all tables, neighbours, forwarding entries, queueing
 * disciplines (but for those that links have by themselves), nftables and kernel parameters. Times, counters and indexes are left out, so that equal states give equal lines.
 */
export async function dumpState(namespace: Namespace, options: DumpOptions = {}): Promise<string[]> {
  const sections: [string, string[]][] = [
    ["link", ["ip", "-o", "-details", "link", "show"]],
    ["address", ["ip", "-o", "address", "show"]],
    ["rule", ["ip", "rule", "show"]],
    ["route", ["ip", "route", "show", "table", "all"]],
    ["route6", ["ip", "-6", "route", "show", "table", "all"]],
    ["neighbor", ["ip", "neighbor", "show", "nud", "permanent"]],
    ["fdb", ["bridge", "fdb", "show"]],
    ["qdisc", ["tc", "qdisc", "show"]],
    ["nft", ["nft", "list", "ruleset"]],
  ];
  const lines: string[] = [];
  // One process inside for all of them: a sweep takes thousands of dumps.
  const script = sections.map(([, argv]) => argv.join(" ")).join(` || exit 1; echo '${END}'; `);
  const texts = (await namespace.must(["sh", "-c", script])).split(`${END}\n`);
  for (const [index, [section]] of sections.entries()) {
    for (const line of texts[index]!.split("\n")) {
      const plain = withoutVolatileParts(line);
      if (section === "qdisc" && OF_ITSELF.test(plain)) continue;
      if (plain !== "" && !COMES_BY_ITSELF.test(plain) && !mentions(plain, options.except ?? [])) {
        lines.push(`${section}: ${plain}`);
      }
    }
  }
  if (!options.exceptParameters) lines.push(...await parameters(namespace));
  for (const directory of options.files ?? []) lines.push(...files(directory));
  return lines;
}

async function parameters(namespace: Namespace): Promise<string[]> {
  const paths = PARAMETERS.map((key) => `/proc/sys/${key}`);
  return (await namespace.must(["grep", "-H", "", ...paths])).trim().split("\n").map((line) => `sysctl: ${line}`);
}

function withoutVolatileParts(line: string): string {
  return line
    .replace(/^\d+: /, "")
    .replaceAll(/(valid|preferred)_lft \S+/g, "")
    .replaceAll(/\b\w+_timer +\S+/g, "")
    .replaceAll(/\bcounter packets \d+ bytes \d+/g, "counter")
    .replaceAll(/@if\d+/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function mentions(line: string, names: readonly string[]): boolean {
  const words = line.split(/[\s:]+/);
  return names.some((name) => words.includes(name));
}

function files(directory: string): string[] {
  const found: string[] = [];
  for (const path of walk(directory)) found.push(`file: ${path}: ${Deno.readTextFileSync(path)}`);
  return found.sort();
}

function* walk(directory: string): Generator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(directory)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const entry of entries) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    // An agent's sockets are no state, and cannot be read.
    else if (!Deno.lstatSync(path).isSocket) yield path;
  }
}
