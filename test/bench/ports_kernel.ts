// What a mapped port costs where others are held: an ADD of portmap, and a connection from outside through the port that
// was mapped last. Debian's portmap beside ours without and with the agent, each on a node of its own, in turns.

import { attachment } from "../e2e/networks.ts";
import type { Attachment } from "../lab/cni_call.ts";
import { Daemon } from "../lab/daemon.ts";
import type { Namespace } from "../lab/namespace.ts";
import { UPLINK } from "../lab/node.ts";
import { type Contestant, contestants } from "./contestants.ts";
import { Lane } from "./lane.ts";
import { CONTAINER_PORT, holdPorts, HOST_PORT, portmap } from "./ports_hold.ts";
import { median, medianText } from "./statistics.ts";

const HELD = [1, 100, 1_000, 10_000];
const ROUNDS = 7;
const SECONDS = 1;

/** Accepts connections, and ends them. */
const ACCEPT = `
const listener = Deno.listen({ port: ${CONTAINER_PORT} });
console.log("listening");
for await (const it of listener) it.close();`;
/** Connects one time after the other; tells microseconds for one. */
const CONNECT = `
let count = 0;
const began = performance.now();
for (; performance.now() < began + ${SECONDS * 1000}; count++) {
  const connection = await Deno.connect({ hostname: "${UPLINK.ipv4}", port: ${HOST_PORT} });
  await connection.read(new Uint8Array(1));
  connection.close();
}
console.log((performance.now() - began) * 1000 / count);`;

/** A contestant's node: a pod with an address, and someone outside who speaks to it. */
interface Subject {
  readonly lane: Lane;
  readonly at: Attachment;
  readonly prevResult: unknown;
  readonly outside: Namespace;
}

await using stack = new AsyncDisposableStack();
const subjects: Subject[] = [];
for (const contestant of (await contestants()).found) {
  if (contestant.label.startsWith("Go 1.9.1")) continue;
  subjects.push(await subjectOf(contestant));
}
say(`Medians and (least-most) of ${ROUNDS} rounds in turns, with "x" over the first\n\n`);
const [first, ...others] = subjects.map(({ lane }) => lane.contestant.label);
say(`| held | | ${first} | ${others.join(" | ")} |\n| ---: | --- | ---: |${others.map(() => " ---: |").join("")}\n`);
let held = 0;
for (const count of HELD) {
  for (const { lane } of subjects) await holdPorts(lane, held, count);
  held = count;
  await measure(count);
}

async function measure(count: number): Promise<void> {
  const [adds, ways] = [subjects, subjects].map((each) => each.map((): number[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { lane, at, prevResult, outside }] of subjects.entries()) {
      const network = portmap([HOST_PORT], prevResult);
      adds![index]!.push((await lane.call("ADD", network, at)).ms);
      ways![index]!.push(Number(await outside.must([Deno.execPath(), "eval", CONNECT], { limit: 30_000 })));
      await lane.call("DEL", network, at);
    }
  }
  row(count, "ADD, ms", adds!, 1);
  row(count, "connection, µs", ways!, 0);
}

function row(count: number, what: string, times: readonly number[][], digits: number): void {
  const base = median(times[0]!);
  const cells = times.map((each, index) =>
    medianText(each, digits) + (index === 0 ? "" : `, ${(median(each) / base).toFixed(2)}x`)
  );
  say(`| ${count.toLocaleString("en")} | ${what} | ${cells.join(" | ")} |\n`);
}

async function subjectOf(contestant: Contestant): Promise<Subject> {
  const lane = stack.use(await Lane.create(contestant, new AbortController().signal));
  const outside = await lane.node.outside();
  const pod = await lane.node.pod();
  const at = attachment(pod);
  const network = lane.network(["10.22.0.0/16"], false);
  await lane.startAgent(network, await lane.node.pod());
  const prevResult = JSON.parse((await lane.call("ADD", network, at)).stdout);
  // The chains that the rules of others refer to.
  const one = portmap([HOST_PORT], prevResult);
  await lane.call("ADD", one, at);
  await lane.call("DEL", one, at);
  const server = stack.use(Daemon.start([Deno.execPath(), "eval", ACCEPT], pod));
  await server.until("it listens", () => server.log.includes("listening"));
  return { lane, at, prevResult, outside };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
