// What cnidaria keeps for a pod, made for many: leases, ledger and elements by the functions that an ADD comes to, in
// one transaction; the ledger's copies; and the kernel's elements as one batch.

import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import { elementsOf, type OwnedElement, putElement } from "../../host-funcs/firewall/elements.ts";
import { canonicalRule, chainOf } from "../../host-funcs/firewall/masquerade_rule.ts";
import { tableName } from "../../host-funcs/firewall/packet_filter.ts";
import { listOf } from "../../host-funcs/firewall/release.ts";
import { createLeases } from "../../host-funcs/leases/mod.ts";
import { type LedgerRow, listAttachments, putAttachment } from "../../host-funcs/state/attachments.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { type FakeContext, fakeContext } from "../../host-funcs/state/testing.ts";
import { idOf, type Model } from "./hold.ts";
import type { Lane } from "./lane.ts";

/** Elements of one command: libnftables reads a line as a whole. */
const AT_ONCE = 1000;

/** Makes pods 1 to `count` - 1 after pod 0. */
export async function holdOurs({ node }: Lane, model: Model, count: number): Promise<void> {
  const database = openDatabase(node.stateDirectory);
  const elements: OwnedElement[] = [];
  try {
    const rows = listAttachments(database, model.network).filter(({ containerId }) => containerId === idOf(0));
    database.transaction(() => {
      for (let pod = 1; pod < count; pod++) elements.push(...holdOne(database, model, rows, pod));
    });
  } finally {
    database.close();
  }
  await node.namespace.must(["nft", "-f", "-"], { input: commandsOf(elements), limit: 300_000 });
}

/** @param rows the model's, in the ledger */
function holdOne(
  database: Database,
  { at: { ifname }, network, addresses }: Model,
  rows: readonly LedgerRow[],
  pod: number,
): OwnedElement[] {
  const model: AttachmentKey = { network, containerId: idOf(0), ifname };
  const own: AttachmentKey = { network, containerId: idOf(pod), ifname };
  const context = fakeContext(database, own);
  const given = acquireAll(context);
  const renamed = (text: string) =>
    addresses.reduce((rest, address, index) => rest.replaceAll(address, given[index]!), text)
      .replaceAll(idOf(0), idOf(pod));
  const elements = elementsOf(database, model).map((element) => ({ ...element, key: renamed(element.key) }));
  for (const element of elements) putElement(database, own, element);
  for (const row of rows) {
    putAttachment(database, { ...row, ...own, result: renamed(row.result), changes: changesOf(row, renamed, context) });
  }
  return elements;
}

/** One address of each pool, in the order of the configuration's. */
function acquireAll(context: FakeContext): string[] {
  const pools = context.database().all("SELECT store, ranges, domain FROM pools ORDER BY id");
  return pools.map(({ store, ranges, domain }, index) => {
    const pool = {
      index,
      store: String(store),
      domain: String(domain),
      cooldown: 0,
      ranges: JSON.parse(String(ranges)),
    };
    return createLeases(context).acquire(pool, undefined).address;
  });
}

/** The model's changes with this pod's own leases, which have numbers. */
function changesOf(row: LedgerRow, renamed: (text: string) => string, { changes }: FakeContext): string {
  const leases = new Map(
    changes.flatMap((change) => change.kind === "lease-acquired" ? [[change.address, change]] : []),
  );
  const its = JSON.parse(renamed(row.changes)) as Change[];
  return JSON.stringify(its.map((change) => change.kind === "lease-acquired" ? leases.get(change.address)! : change));
}

function commandsOf(elements: readonly OwnedElement[]): string {
  const byMap = new Map<string, string[]>([["masquerade4", []], ["masquerade6", []]]);
  for (const { key, value } of elements) {
    const { family, source, local } = canonicalRule({ source: key, local: listOf(value) });
    byMap.get(`masquerade${family}`)!.push(`${source} : jump ${chainOf(family, local)}`);
  }
  const commands: string[] = [];
  for (const [map, all] of byMap) {
    for (let from = 0; from < all.length; from += AT_ONCE) {
      commands.push(`add element inet ${tableName} ${map} { ${all.slice(from, from + AT_ONCE).join(", ")} }\n`);
    }
  }
  return commands.join("");
}
