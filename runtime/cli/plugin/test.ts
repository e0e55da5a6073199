// `cnidaria plugin test`: the plugin's own tests, with the configuration of the checkout, and what its verbs used.

import { type Output, table } from "../output.ts";
import { checkoutRoot } from "./checkout.ts";
import { fromHere } from "./subject.ts";

/** Where nodes of tests write what verbs used: a line of JSON each. */
const FUEL_FILE = "CNIDARIA_FUEL_FILE";

interface Used {
  plugin: string;
  verb: string;
  fuel: number;
}

/** @param words for `deno test` @returns its exit code */
export async function pluginTest(first: string, others: readonly string[], output: Output): Promise<number> {
  // What begins with a hyphen is for `deno test`.
  const [dir, words] = first.startsWith("-") ? [".", [first, ...others]] : [first, others];
  const config = `${checkoutRoot("test a plugin")}deno.json`;
  const fuelFile = await Deno.makeTempFile({ prefix: "cnidaria-fuel-" });
  try {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--config", config, ...words, fromHere(dir)],
      env: { [FUEL_FILE]: fuelFile },
      stdin: "null",
    }).spawn().status;
    const used = (await Deno.readTextFile(fuelFile)).split("\n").filter((line) => line !== "").map((line) =>
      JSON.parse(line) as Used
    );
    for (const line of fuelLines(used)) output.line(line);
    return code;
  } finally {
    await Deno.remove(fuelFile);
  }
}

/** The least and the most that each verb of each plugin used. */
export function fuelLines(used: readonly Used[]): string[] {
  if (used.length === 0) return [];
  const groups = Map.groupBy(used, ({ plugin, verb }) => `${plugin} ${verb}`);
  const rows = [...groups].toSorted(([a], [b]) => a < b ? -1 : 1).map(([name, group]) => {
    const units = group.map(({ fuel }) => fuel);
    return [...name.split(" "), String(group.length), String(Math.min(...units)), String(Math.max(...units))];
  });
  return ["Fuel, about one unit an instruction:", "", ...table(["PLUGIN", "VERB", "RUNS", "LEAST", "MOST"], rows)];
}
