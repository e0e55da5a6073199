// The measuring itself, inside namespaces of its own: `main.ts` starts it there.
//
// Arguments: rounds, leases held in the second half of the scenarios, path for the figures as JSON.

import { contestants } from "./contestants.ts";
import { measure } from "./scenario.ts";
import { type Row, tableOf } from "./statistics.ts";

const [rounds, held, path] = [Number(Deno.args[0]), Number(Deno.args[1]), Deno.args[2]!];
const say = (text: string) => Deno.stdout.write(new TextEncoder().encode(`${text}\n`));

const { found, missing } = await contestants();
for (const why of missing) await say(`Not measured: ${why}`);
const rows: Row[] = [];
for (const leases of [0, held]) rows.push(...await measure(leases, found, rounds));
await say(`Medians of ${rounds} rounds, in turns; whole processes, without an agent.\n\n${tableOf(rows)}`);
const figures = { date: new Date().toISOString(), kernel: Deno.osRelease(), deno: Deno.version.deno, rounds, rows };
await Deno.writeTextFile(path, `${JSON.stringify(figures, null, 2)}\n`);
await say(`\nFigures: ${path}`);
