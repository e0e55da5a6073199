// What bridge, portmap, bandwidth, tuning and firewall cost together: bridge alone, all in one process, and as a list of
// processes, in turns: chain_calls.ts [ROUNDS]. As root, in namespaces of its own.

import { attachment } from "../e2e/networks.ts";
import { asLibcni, inOneProcess, RUNTIME_CONFIG, standardPlugins } from "../e2e/standard_chain.ts";
import type { Attachment, Config, Result } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import { contestants } from "./contestants.ts";
import { Lane } from "./lane.ts";
import { median } from "./statistics.ts";

const rounds = Number(Deno.args[0] ?? 30);
const encoder = new TextEncoder();
const say = (text: string) => Deno.stdout.writeSync(encoder.encode(`${text}\n`));

/** One way of attaching a pod: the calls of its ADD. Those of the DEL are the same, backwards. */
interface Way {
  readonly name: string;
  readonly calls: readonly Config[];
}

/** A mapped TCP port, and limits both ways. */
const ASKED = { ...RUNTIME_CONFIG, portMappings: RUNTIME_CONFIG.portMappings.slice(0, 1) };

function waysOf(lane: Lane): Way[] {
  const plugins = standardPlugins(lane.node).map((plugin) =>
    plugin.type === "bridge" ? { ...plugin, ...lane.contestant.keys } : plugin
  );
  const separate = plugins.map((plugin) => asLibcni(plugin, ASKED));
  const ways = [{ name: "bridge alone", calls: separate.slice(0, 1) }, { name: LIST, calls: separate }];
  if (lane.contestant.filter !== "cnidaria") return ways;
  const chain = (asked: Record<string, unknown>) => [asLibcni(inOneProcess(lane.node), asked)];
  return [
    ...ways,
    { name: "in one process", calls: chain(ASKED) },
    { name: "in one process, with a UDP port", calls: chain(RUNTIME_CONFIG) },
    { name: "in one process, no port and no limit", calls: chain({}) },
  ];
}

const LIST = "list of processes";

/** @returns milliseconds of all its processes together, and the last result */
async function attach(lane: Lane, calls: readonly Config[], at: Attachment): Promise<[number, Result]> {
  let took = 0;
  let prevResult: Result | undefined;
  for (const config of calls) {
    const { ms, stdout } = await lane.call("ADD", prevResult ? { ...config, prevResult } : config, at);
    took += ms;
    prevResult = JSON.parse(stdout) as Result;
  }
  return [took, prevResult!];
}

/** @returns milliseconds of ADD and DEL */
async function measure(lane: Lane, { calls }: Way): Promise<[number, number]> {
  await using pod = await lane.node.pod();
  const at: Attachment = attachment(pod);
  const [add, prevResult] = await attach(lane, calls, at);
  let del = 0;
  for (const config of calls.toReversed()) del += (await lane.call("DEL", { ...config, prevResult }, at)).ms;
  return [add, del];
}

/** A pod that stays, with other ports: the first one of a node makes what the next ones find. */
async function holdOne(lane: Lane, pod: Namespace): Promise<void> {
  const list = waysOf(lane).find(({ name }) => name === LIST)!;
  const portMappings = [{ hostPort: 9090, containerPort: 90, protocol: "tcp" }];
  const calls = list.calls.map((config) =>
    config.type === "portmap" ? { ...config, runtimeConfig: { portMappings } } : config
  );
  await attach(lane, calls, attachment(pod));
}

const { found, missing } = await contestants();
for (const why of missing) say(`Not measured: ${why}`);
await using stack = new AsyncDisposableStack();
const times = new Map<string, { add: number[]; del: number[] }>();
const lanes: Lane[] = [];
for (const contestant of found) {
  const lane = stack.use(await Lane.create(contestant, new AbortController().signal));
  await using pod = await lane.node.pod();
  await lane.startAgent(waysOf(lane)[0]!.calls[0]!, pod);
  await holdOne(lane, stack.use(await lane.node.pod()));
  lanes.push(lane);
}
for (let round = -1; round < rounds; round++) {
  for (const lane of lanes) {
    for (const way of waysOf(lane)) {
      const [add, del] = await measure(lane, way);
      // The first makes the bridge, and fills caches.
      if (round < 0) continue;
      const key = `${lane.contestant.label} | ${way.name}`;
      const its = times.get(key) ?? times.set(key, { add: [], del: [] }).get(key)!;
      its.add.push(add);
      its.del.push(del);
    }
  }
}
say(`| contestant | way | ADD, ms | x bridge | DEL, ms | x bridge |\n| --- | --- | ---: | ---: | ---: | ---: |`);
for (const [key, { add, del }] of times) {
  const alone = times.get(`${key.split(" | ")[0]} | bridge alone`)!;
  const ratio = (its: number[], base: number[]) => (median(its) / median(base)).toFixed(2);
  say(
    `| ${key} | ${median(add).toFixed(1)} | ${ratio(add, alone.add)} | ${median(del).toFixed(1)} | ${
      ratio(del, alone.del)
    } |`,
  );
}
Deno.exit(0);
