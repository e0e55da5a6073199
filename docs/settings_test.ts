// The table of settings, held to the code: each option, key and variable is there, and nothing that is not one.

import { assertEquals } from "@std/assert";
import { clusterSchema } from "../runtime/cluster/cluster_options.ts";
import { storeSchema } from "../runtime/cluster/store/open_store.ts";
import { main } from "../runtime/cli/main.ts";
import { recordedOutput } from "../runtime/cli/output.ts";
import { policySchema } from "../runtime/policy/policy_options.ts";
import { run } from "../runtime/setup/command.ts";

const root = new URL("..", import.meta.url).pathname;

interface Row {
  readonly setting: string;
  readonly of: readonly string[];
  readonly otherwise: string;
}

const rows: Row[] = (await Deno.readTextFile(`${root}docs/settings.md`)).split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").slice(1, 4).map((cell) => cell.trim()))
  .map(([setting = "", of = "", otherwise = ""]) => ({
    setting: setting.replaceAll("`", ""),
    of: of.split(", "),
    otherwise: otherwise.replaceAll("`", ""),
  }));

const settingsOf = (of: string, wanted = /./) =>
  rows.filter((row) => row.of.includes(of) && wanted.test(row.setting)).map(({ setting }) => setting).sort();

/** Options of a command, with their defaults, as its help has them. */
function optionsIn(help: string): Map<string, string | undefined> {
  const options = help.slice(help.indexOf("Options:")).split(/\n {2}(?=-)/).slice(1).map((it) =>
    it.replace(/\s+/g, " ")
  );
  return new Map(
    options.filter((it) => it.startsWith("--")).map((it) => {
      const value = /\(default: "?([^",)]*)"?[,)]/.exec(it)?.[1];
      return [/^--[a-z-]+/.exec(it)![0], value === "[]" ? "none" : value];
    }),
  );
}

async function helpOf(command: string): Promise<string> {
  const output = recordedOutput();
  await main([command, "--help"], output);
  return output.out.join("\n");
}

for (const command of ["agent", "install", "uninstall"]) {
  Deno.test(`each option of \`${command}\` is in the table, with what holds without it`, async () => {
    const options = optionsIn(await helpOf(command));
    assertEquals(settingsOf(command, /^--/), [...options.keys()].sort());
    for (const [option, value] of options) {
      const { otherwise } = rows.find(({ setting, of }) => setting === option && of.includes(command))!;
      if (value !== undefined) assertEquals(otherwise, value, option);
    }
  });
}

Deno.test("each option of `deno task image` is in the table", async () => {
  const help = await run(Deno.execPath(), ["run", "-A", `${root}runtime/setup/image/main.ts`, "--help"]);
  assertEquals(settingsOf("deno task image"), [...optionsIn(help!.output).keys()].sort());
});

type Entries = Record<string, unknown>;

Deno.test("each key of the agent's files is in the table", () => {
  const stores = storeSchema.options.flatMap(({ entries }) => Object.keys(entries)).map((key) => `store.${key}`);
  const cluster = Object.keys(clusterSchema.entries).filter((key) => key !== "store");
  assertEquals(settingsOf("cluster.json"), [...new Set([...cluster, ...stores])].sort());
  const { source, log, ...own } = policySchema.entries;
  const sources = source.options.flatMap(({ entries }: { entries: Entries }) => Object.keys(entries));
  const logs = Object.keys(log.wrapped.entries).map((key) => `log.${key}`);
  const wanted = [...Object.keys(own), ...new Set(sources.map((key) => `source.${key}`)), ...logs];
  assertEquals(settingsOf("policy.json"), wanted.sort());
});

/** Set by one part of the program for another, or by tests: nobody's to set. */
const INTERNAL = [
  "CNIDARIA_CALL",
  "CNIDARIA_CONFORMANCE_OUTSIDE",
  "CNIDARIA_DEPTH",
  "CNIDARIA_FUEL_FILE",
  "CNIDARIA_INSTALLED_STATE",
  "CNIDARIA_NAME",
  "CNIDARIA_TEST_SEED",
];

Deno.test("each variable of the environment that the program reads is in the table", async () => {
  const found = new Set<string>();
  for (const folder of ["runtime", "host-funcs"]) await variablesBelow(`${root}${folder}`, found);
  for (const name of INTERNAL) found.delete(name);
  const documented = new Set([...settingsOf("agent", /^[A-Z_]+$/), ...settingsOf("calls", /^[A-Z_]+$/)]);
  assertEquals([...documented].sort(), [...found].filter((it) => !settingsOf("image").includes(it)).sort());
});

const READ =
  /\b(?:env|get|getenv|\.env)\("((?:CNIDARIA|NODE|KUBERNETES|OTEL|NOTIFY|WATCHDOG|LISTEN)_[A-Z_]+|CNIDARIA_\w+)"/g;
const NAMED = /"(CNIDARIA_[A-Z_]+)"/g;

async function variablesBelow(folder: string, found: Set<string>): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory && name !== "testdata") await variablesBelow(path, found);
    if (!/\.(ts|c)$/.test(name) || /_test\.ts$/.test(name)) continue;
    const text = await Deno.readTextFile(path);
    for (const pattern of [READ, NAMED]) for (const [, variable] of text.matchAll(pattern)) found.add(variable!);
  }
}

Deno.test("the image's variables are those that its entry point and its build read", async () => {
  const entrypoint = await Deno.readTextFile(`${root}runtime/setup/image/entrypoint.sh`);
  const read = [...entrypoint.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name, value]) => [name!, value!]);
  for (const [name, value] of read) assertEquals(rows.find(({ setting }) => setting === name)?.otherwise, value, name);
  assertEquals(settingsOf("image"), read.map(([name]) => name!).sort());
  const dockerfile = await Deno.readTextFile(`${root}Dockerfile`);
  const given = [...dockerfile.matchAll(/^ARG (\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]);
  assertEquals(rows.filter(({ of }) => of.includes("Dockerfile")).map((it) => [it.setting, it.otherwise]), given);
});
