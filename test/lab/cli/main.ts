// `deno task lab`: several nodes with pods, to try things on. They are namespaces inside one process's own, which this
// command starts and asks: the machine's own network is not touched.

import { Command, InvalidArgumentError, Option } from "commander";
import { captureMissing } from "../capture.ts";
import { etcdMissing } from "../etcd.ts";
import { buildFlanneld } from "../flanneld/build.ts";
import { columns } from "./columns.ts";
import { ask, holderPid, keeperPid, LOG, PLACE, startHolder } from "./place.ts";
import { BACKENDS, DAEMONS, type LabPlan, type LabStatus, type Ping } from "./protocol.ts";

/** Milliseconds. */
const UP_LIMIT = 180_000;
const DOWN_LIMIT = 30_000;

const program = new Command("lab").description("Several nodes with pods, as namespaces, to try things on.");

program.command("up").description("makes the nodes, with a daemon and a pod on each")
  .option("--nodes <n>", "how many", nodeCount, 3)
  .addOption(new Option("--backend <name>", "how nodes reach each other's pods").choices(BACKENDS).default("vxlan"))
  .addOption(new Option("--daemon <name>", "what runs on the nodes").choices(DAEMONS).default("cnidaria"))
  .action(up);
program.command("status").description("nodes, subnets and pods").action(async () => show(await ask("GET", "/status")));
program.command("ping").description("from every pod to every other; fails if one does not answer").action(ping);
program.command("break").argument("<link>", "node-1: its cable; node-1:store: between it and the store")
  .description("breaks a link").action(async (link: string) => show(await ask("POST", `/break/${link}`)));
program.command("mend").argument("<link>").description("mends a link that was broken")
  .action(async (link: string) => show(await ask("POST", `/mend/${link}`)));
program.command("exec").argument("<place>", "node-1 or pod-1").argument("<command...>")
  .description("runs a program in a node or a pod: lab exec node-1 -- ip route").action(exec);
program.command("down").description("ends it, and removes everything").action(down);

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  Deno.stderr.writeSync(new TextEncoder().encode(`${(error as Error).message}\n`));
  Deno.exit(1);
}

async function up(plan: LabPlan): Promise<void> {
  if (Deno.uid() !== 0) throw new Error("Cannot make a lab as this is not root: namespaces need it");
  if (keeperPid() !== undefined) throw new Error("Cannot make a lab as one is up: `deno task lab down` ends it");
  const missing = etcdMissing() ?? captureMissing() ?? (plan.daemon === "flanneld" ? await buildFlanneld() : undefined);
  if (missing !== undefined) throw new Error(`Cannot make a lab: ${missing}`);
  // What a lab that was killed has left.
  await Deno.remove(PLACE, { recursive: true }).catch(() => {});
  await startHolder([JSON.stringify(plan)]);
  const deadline = performance.now() + UP_LIMIT;
  for (let begun = false;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    try {
      return show(await ask<LabStatus>("GET", "/status"));
    } catch (error) {
      const there = keeperPid() !== undefined;
      if (begun && !there) throw new Error(`Cannot make a lab:\n${await Deno.readTextFile(LOG)}`);
      if (performance.now() > deadline) throw error;
      begun = there;
    }
  }
}

async function ping(): Promise<void> {
  const pings = await ask<Ping[]>("POST", "/ping");
  const rows = pings.map(({ from, to, address, ms }) => [
    `${from} -> ${to}`,
    address,
    ms === undefined ? "no reply" : `${ms.toFixed(2)} ms`,
  ]);
  say(columns(rows));
  if (pings.some(({ ms }) => ms === undefined)) Deno.exitCode = 1;
}

async function exec(place: string, command: string[]): Promise<void> {
  const { places } = await ask<LabStatus>("GET", "/status");
  const all = places.flatMap((node) => [node, node.pod]);
  const found = all.find(({ name }) => name === place);
  if (found === undefined) {
    throw new Error(`Cannot find ${place}: there are ${all.map(({ name }) => name).join(", ")}`);
  }
  const namespaces = `/proc/${holderPid(keeperPid()!)}/ns`;
  // The lab's process namespace as well: what goes on in the background ends with the lab.
  const args = [
    `--mount=${namespaces}/mnt`,
    `--pid=${namespaces}/pid`,
    "nsenter",
    `--net=${found.namespace}`,
    "--",
    ...command,
  ];
  Deno.exitCode = (await new Deno.Command("nsenter", { args }).spawn().status).code;
}

async function down(): Promise<void> {
  const keeper = keeperPid();
  // A lab that does not answer is ended all the same. One that was killed has left its directory.
  if (keeper !== undefined) await ask("POST", "/down").catch(() => Deno.kill(keeper, "SIGKILL"));
  const deadline = performance.now() + DOWN_LIMIT;
  while (keeper !== undefined && keeperPid() !== undefined) {
    if (performance.now() > deadline) Deno.kill(keeper, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  try {
    await Deno.remove(PLACE, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("Cannot end a lab as none is up");
  }
}

function show(status: LabStatus): void {
  say(`${status.nodes} nodes, ${status.backend}, with ${status.daemon}\n\n`);
  say(columns([
    ["NODE", "ADDRESS", "SUBNET", "POD", "ADDRESS OF POD", "BROKEN"],
    ...status.places.map(({ name, addresses, subnets, pod, broken }) => [
      name,
      addresses.join(" "),
      subnets.join(" "),
      pod.name,
      pod.addresses.join(" "),
      broken.join(" "),
    ]),
  ]));
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function nodeCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new InvalidArgumentError("A number from 1 to 100 is needed.");
  }
  return count;
}
