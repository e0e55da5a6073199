// The tables of the standard plugins, held to the schemas of those that are here: each key is there, and none that is not
// one.

import { assert, assertEquals } from "@std/assert";
import * as fields from "../plugins/sdk/fields.ts";

const root = new URL("..", import.meta.url).pathname;
const MARKS = /^(yes|differs|no)\b/;

interface Row {
  readonly keys: readonly string[];
  /** Of the last column: yes, differs or no. */
  readonly mark: string;
}

/** The tables by plugin, as the headings of third order name them. */
const sections = new Map(
  (await Deno.readTextFile(`${root}docs/standard-plugins.md`)).split(/^#{2,3} /m).slice(1).map((text) => {
    const [name = "", ...lines] = text.split("\n");
    return [name, lines.filter((line) => /^\| (`|CNI_ARGS)/.test(line)).map(rowOf)] as const;
  }),
);

function rowOf(line: string): Row {
  const [key = "", , ours = ""] = line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim());
  // Those of CNI_ARGS are in no schema.
  const keys = key.startsWith("CNI_ARGS") ? [] : [...key.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
  return { keys, mark: MARKS.exec(ours)?.[1] ?? `no mark: ${ours}` };
}

const UPSTREAM = [
  ...["bridge", "ptp", "macvlan", "ipvlan", "vlan", "host-device", "loopback"],
  ...["host-local", "static"],
  ...["portmap", "firewall", "bandwidth", "tuning", "sbr"],
];
/** Of every plugin. */
const COMMON = ["cniVersion", "name", "type"];

Deno.test("each standard plugin has a table, and each of its rows says yes, differs or no", () => {
  assertEquals([...sections.keys()].filter((name) => UPSTREAM.includes(name)), UPSTREAM);
  for (const name of UPSTREAM) {
    for (const { keys, mark } of sections.get(name)!) assert(MARKS.test(mark), `${name}: ${keys.join()}: ${mark}`);
  }
});

for (const name of UPSTREAM) {
  const folder = `${root}plugins/${name}`;
  const ignore = !exists(folder);
  Deno.test({
    name: `the table of ${name} has the keys of its schema${ignore ? " (ignored: there is no such plugin yet)" : ""}`,
    ignore,
    fn: async () => {
      const told = sections.get(name)!.filter(({ mark }) => mark !== "no").flatMap(({ keys }) => keys);
      assertEquals(told.toSorted(), (await keysOf(`${folder}/config.ts`)).toSorted());
    },
  });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The keys of a plugin's schema; a plugin without a config.ts reads none. */
async function keysOf(path: string): Promise<string[]> {
  if (!exists(path)) return [];
  const { schema } = await import(`file://${path}`);
  return below(schema, "").filter((key) => !COMMON.includes(key));
}

/** What of a valibot schema this test looks at. */
interface Schema {
  readonly type: string;
  readonly wrapped?: Schema;
  readonly pipe?: readonly [Schema, ...unknown[]];
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
}

/** Explained once, for all plugins. */
const WHOLE: readonly unknown[] = [fields.dns, fields.route];

/** `runtimeConfig.portMappings[].hostPort` */
function below(schema: Schema, key: string): string[] {
  if (schema.wrapped !== undefined) return below(schema.wrapped, key);
  if (WHOLE.includes(schema)) return [key.replace(/\[\]$/, "")];
  if (schema.pipe !== undefined && schema.pipe[0] !== schema) return below(schema.pipe[0], key);
  if (schema.item !== undefined) {
    const inner = below(schema.item, `${key}[]`);
    return inner.every((each) => each === `${key}[]`) ? [key] : inner;
  }
  if (schema.entries === undefined) return [key];
  return Object.entries(schema.entries).flatMap(([name, entry]) => below(entry, key === "" ? name : `${key}.${name}`));
}
