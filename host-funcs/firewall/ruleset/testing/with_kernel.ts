// Tests of tables in the kernel: in the namespace that they run in, read again by nft.

import { reasonToSkip } from "../../../test_context.ts";
import { Nft } from "../../../sys/libnftables.ts";
import { KernelRuleset } from "../kernel_ruleset.ts";

/** Of the tables that tests make: those of these plugins, and one that nft makes. */
const PLUGINS = ["test", "other"] as const;
const BY_NFT = "by-nft";

export interface KernelTest {
  readonly nft: Nft;
  /** The ruleset of a plugin, closed at the end; of another name each time, or the same table twice. */
  open(plugin?: typeof PLUGINS[number], family?: "inet" | "bridge"): KernelRuleset;
  /** What nft lists of a table: `readTable`. */
  read(table?: string): string;
  /** What nft would list of a table that was made by this text, in which its name is a lone %. */
  made(text: string, family?: "inet" | "bridge"): string;
}

/** Ignored, with the reason in its name, where it can't be. */
export function kernelTest(name: string, body: (test: KernelTest) => void | Promise<void>): void {
  const reason = reasonToSkip();
  Deno.test({
    name: reason === undefined ? name : `${name} (ignored: ${reason})`,
    ignore: reason !== undefined,
    // libnftables stays loaded, whichever test opens it.
    sanitizeResources: false,
    fn: () => withKernel(body),
  });
}

async function withKernel(body: (test: KernelTest) => void | Promise<void>): Promise<void> {
  const nft = Nft.open();
  const opened: KernelRuleset[] = [];
  const clear = () => {
    for (const family of ["inet", "bridge"]) {
      for (const name of [...PLUGINS.map((plugin) => `cnidaria-${plugin}`), BY_NFT]) {
        nft.run(`delete table ${family} ${name}`);
      }
    }
  };
  clear();
  try {
    await body({
      nft,
      open(plugin = "test", family = "inet") {
        const ruleset = new KernelRuleset(plugin, family);
        opened.push(ruleset);
        return ruleset;
      },
      read: (table = "inet cnidaria-test") => readTable(nft, table),
      made(text, family = "inet") {
        const table = `${family} ${BY_NFT}`;
        nft.run(`delete table ${table}`);
        must(nft, text.replace(/(?<= )%(?=\s|$)/g, table));
        return readTable(nft, table);
      },
    });
  } finally {
    for (const ruleset of opened) ruleset.close();
    clear();
    nft.close();
  }
}

/** Runs what has to succeed. */
export function must(nft: Nft, commands: string): string {
  const answer = nft.run(commands);
  if (!answer.ok) throw new Error(`nft: ${answer.error}\n${commands}`);
  return answer.output;
}

/**
 * A table as nft lists it, without its name; its objects, and the elements of each, in an order of their own. A rule that
 * compares with the only element of a set is as one that compares with that.
 */
function readTable(nft: Nft, table: string): string {
  const lines = must(nft, `list table ${table}`).replace(/elements = \{[^}]*\}/g, sorted)
    .replace(/(?<!elements = )\{ ([^{},\n]*) \}/g, "$1").split("\n");
  const blocks = lines.slice(1, -2).join("\n").split(/\n(?=\t\S[^\n]*\{)/);
  return blocks.map((block) => block.trim()).sort().join("\n");
}

function sorted(elements: string): string {
  const all = elements.slice("elements = {".length, -1).split(",").map((element) => element.trim());
  return `elements = { ${all.sort().join(", ")} }`;
}
