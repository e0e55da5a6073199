// What upstream's plugins keep for a pod, made for many: host-local's files, and rules as one batch.

import { createHash } from "node:crypto";
import { addressAfter, idOf, type Model } from "./hold.ts";
import type { Lane } from "./lane.ts";

/** Makes pods 1 to `count` - 1 after pod 0. */
export async function holdGo(lane: Lane, model: Model, count: number): Promise<void> {
  await writeLeases(`${lane.node.leaseDirectory}/${model.network}`, model, count);
  if (lane.contestant.filter === "nftables") return await loadNftables(lane, model, count);
  for (const address of model.addresses) await loadIptables(lane, model, address, count);
}

async function writeLeases(directory: string, { addresses }: Model, count: number): Promise<void> {
  for (const [index, first] of addresses.entries()) {
    const text = await Deno.readTextFile(`${directory}/${first}`);
    for (let pod = 1; pod < count; pod++) {
      await Deno.writeTextFile(`${directory}/${addressAfter(first, pod)}`, named(text, pod), { mode: 0o600 });
    }
    await Deno.writeTextFile(`${directory}/last_reserved_ip.${index}`, addressAfter(first, count - 1));
  }
}

const CHAIN = "inet cni_plugins_masquerade masq_checks";
// Of the comment by which upstream finds a pod's rules: a hash of the network, then one of the container and interface.
const POD_HASH = /(?<=comment "[0-9a-f]{16}-)[0-9a-f]{16}/;
const SOURCE = /(?<= saddr )\S+/;

async function loadNftables({ node: { namespace } }: Lane, { at: { ifname } }: Model, count: number): Promise<void> {
  const listed = await namespace.must(["nft", "list", "chain", ...CHAIN.split(" ")]);
  const rules = listed.split("\n").filter((line) => line.includes(idOf(0)));
  const batch: string[] = [];
  for (let pod = 1; pod < count; pod++) {
    for (const rule of rules) {
      const its = named(rule, pod).replace(POD_HASH, hash(`${ifname}:${idOf(pod)}`, 16));
      batch.push(`add rule ${CHAIN} ${its.trim().replace(SOURCE, (address) => addressAfter(address, pod))}`);
    }
  }
  await namespace.must(["nft", "-f", "-"], { input: `${batch.join("\n")}\n`, limit: BATCH_LIMIT });
}

/** Milliseconds. */
const BATCH_LIMIT = 300_000;

async function loadIptables(
  { node: { namespace } }: Lane,
  { network }: Model,
  address: string,
  count: number,
): Promise<void> {
  const iptables = address.includes(":") ? "ip6tables" : "iptables";
  const saved = (await namespace.must([`${iptables}-save`, "-t", "nat"])).split("\n");
  const rules = saved.filter((line) => line.startsWith("-A ") && line.includes(idOf(0)));
  const chainOf = (pod: number) => `CNI-${hash(`${network}${idOf(pod)}`, 24)}`;
  const [declared, added]: [string[], string[]] = [[], []];
  for (let pod = 1; pod < count; pod++) {
    declared.push(`:${chainOf(pod)} - [0:0]`);
    const source = addressAfter(address, pod);
    added.push(
      ...rules.map((rule) =>
        named(rule, pod).replace(chainOf(0), chainOf(pod)).replace(`-s ${address}/`, `-s ${source}/`)
      ),
    );
  }
  const input = ["*nat", ...declared, ...added, "COMMIT", ""].join("\n");
  await namespace.must([`${iptables}-restore`, "--noflush"], { input, limit: BATCH_LIMIT });
}

function named(text: string, pod: number): string {
  return text.replaceAll(idOf(0), idOf(pod));
}

/** By which upstream finds again what it made: the beginning of a SHA-512. */
function hash(text: string, length: number): string {
  return createHash("sha512").update(text).digest("hex").slice(0, length);
}
