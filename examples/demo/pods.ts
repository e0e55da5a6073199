// The demo itself, inside its own namespaces: see main.ts. It calls the installed program as a container runtime does.

import { createNamespace, deleteNamespace } from "../../host-funcs/sys/namespace_create.ts";
import { Chain, type ChainCall } from "../../runtime/cli/libcni/chain.ts";
import { type NetworkList, parseNetworkList } from "../../runtime/cli/libcni/network_list.ts";
import { ResultCache } from "../../runtime/cli/libcni/result_cache.ts";
import { type CniVersion, isAtLeast } from "../../runtime/cni/version.ts";
import { tracesIn } from "../../runtime/cli/timing.ts";
import { DashboardAgent } from "./dashboard_agent.ts";
import { type Installed, installForDemo } from "./installed.ts";
import { overlayDemo } from "./overlay/overlay.ts";
import { ping } from "./ping.ts";
import { journals, links, rows } from "./remains.ts";
import { LiveTable } from "./table.ts";
import { timingOf } from "./timing.ts";

interface Pod {
  name: string;
  network: string;
  version: CniVersion;
  chain: Chain;
  call: ChainCall;
  traceDir: string;
  addresses: string[];
  gateways: string[];
  hasDefaultRoute: boolean;
}

/** What the demo needs of an ADD's result. */
interface AddResult {
  ips?: { address: string; gateway?: string }[];
  routes?: { dst: string }[];
}

const PODS = [
  { name: "web-1", file: "flannel.conf" },
  { name: "web-2", file: "flannel.conf" },
  { name: "db-1", file: "dual-stack.conflist" },
];

const say = (text: string) => void Deno.stdout.writeSync(new TextEncoder().encode(text));
let failures = 0;

// What main.ts tells: the demo's folder, where a browser finds the dashboard, and whether the pods are to stay.
const [root = "", url = "", keep] = Deno.args;
try {
  const installed = await installForDemo(root);
  await demo(installed);
  failures += await overlayDemo(installed, say);
} finally {
  for (const { name } of PODS) deleteNamespace(`${root}/netns/${name}`);
}
say(failures === 0 ? "\nAll went well.\n" : `\n${failures} of the steps above failed.\n`);
Deno.exit(failures === 0 ? 0 : 1);

async function demo(installed: Installed): Promise<void> {
  Deno.env.set("CNIDARIA_STATE", installed.stateDir);
  await using _agent = await DashboardAgent.start(installed);
  say(`\nDashboard: ${url}\n`);
  const before = links();
  const pods = PODS.map(({ name, file }) => makePod(installed, name, readList(file)));

  say("\nADD: three pods, two configurations (milliseconds; a process for each, as kubelet starts them)\n\n");
  await addAll(pods);

  say("\nping\n\n");
  pingAll(pods);

  say("\nCHECK: is each attachment as its result says?\n\n");
  for (const pod of pods) {
    if (isAtLeast(pod.version, "0.4.0")) await step(pod.name, () => pod.chain.check(pod.call), "as it should be");
    else say(`  ${pod.name}: not asked, as cniVersion ${pod.version} has no CHECK (0.4.0 has)\n`);
  }

  if (keep !== undefined) {
    say(`\nThe pods stay, and the dashboard is at ${url} until Ctrl-C\n`);
    await new Promise<void>((resolve) => Deno.addSignalListener("SIGINT", resolve));
  }

  say("\nDEL\n\n");
  for (const pod of pods.toReversed()) await step(pod.name, () => pod.chain.del(pod.call), "released");

  say("\nWhat remains\n\n");
  const left = links().filter((name) => !before.includes(name) && !["cni0", "cni1"].includes(name));
  expectNone("interfaces beside the bridges cni0 and cni1, which stay as upstream's do", left.length);
  expectNone("leases", rows(installed.stateDir, "leases"));
  expectNone("attachments in the ledger", rows(installed.stateDir, "attachments"));
  expectNone("firewall elements", rows(installed.stateDir, "firewall_elements"));
  expectNone("journals", journals(installed.stateDir).length);
}

function readList(file: string): NetworkList {
  return parseNetworkList(Deno.readTextFileSync(new URL(`./${file}`, import.meta.url)), file);
}

function makePod(installed: Installed, name: string, list: NetworkList): Pod {
  const netns = `${installed.root}/netns/${name}`;
  // The installed program may write nowhere but to its state.
  const traceDir = `${installed.stateDir}/trace/${name}`;
  createNamespace(netns);
  Deno.mkdirSync(traceDir, { recursive: true, mode: 0o700 });
  const args = `IgnoreUnknown=1;K8S_POD_NAMESPACE=demo;K8S_POD_NAME=${name}`;
  const attachment = { containerId: `demo-${name}`, netns, ifname: "eth0", args };
  return {
    name,
    network: list.name,
    version: list.cniVersion,
    chain: new Chain(list, new ResultCache(`${installed.root}/cache`)),
    call: { attachment, capabilityArgs: {}, path: installed.binDir, traceDir },
    traceDir,
    addresses: [],
    gateways: [],
    hasDefaultRoute: false,
  };
}

async function addAll(pods: Pod[]): Promise<void> {
  const header = ["POD", "NETWORK", "ADDRESS", "GATEWAY", "START", "LOAD", "HOST CALLS", "REST", "TOTAL", "ENGINE"];
  const table = new LiveTable(header, say, Deno.stdout.isTerminal());
  for (const pod of pods) {
    const { name, network } = pod;
    const row = table.add([name, network, "…"]);
    try {
      const { ips = [], routes = [] } = await pod.chain.add(pod.call) as AddResult;
      pod.addresses = ips.map(({ address }) => address.replace(/\/.*/, ""));
      pod.hasDefaultRoute = routes.some(({ dst }) => dst === "0.0.0.0/0");
      pod.gateways = ips.flatMap(({ gateway }) => gateway ?? []);
      const timing = timingOf(tracesIn(pod.traceDir)[0]!);
      const ms = [timing.start, timing.load, timing.host, timing.rest, timing.total].map((value) => value.toFixed(1));
      ms[2] += ` (${timing.hostCalls})`;
      table.update(row, [
        name,
        network,
        ips.map(({ address }) => address).join(" "),
        pod.gateways.join(" "),
        ...ms,
        timing.engine,
      ]);
    } catch (error) {
      failures++;
      table.update(row, [name, network, (error as Error).message]);
    }
  }
  table.end();
}

/** A pod without a default route reaches its own network alone: Flannel's configuration above gives it none. */
function pingAll(pods: Pod[]): void {
  for (const from of pods) {
    const others = pods.filter((pod) => pod !== from && (from.hasDefaultRoute || pod.network === from.network));
    const targets = [
      ...from.gateways.map((gateway) => ["its gateway", gateway] as const),
      ...others.map((pod) => [pod.name, pod.addresses[0]] as const),
    ];
    for (const [what, address] of targets) {
      const ms = address === undefined ? undefined : ping(from.call.attachment.netns, address);
      if (ms === undefined) failures++;
      say(`  ${from.name} -> ${what} (${address}): ${ms === undefined ? "no reply" : `${ms.toFixed(2)} ms`}\n`);
    }
  }
}

async function step(name: string, action: () => Promise<void>, done: string): Promise<void> {
  try {
    await action();
    say(`  ${name}: ${done}\n`);
  } catch (error) {
    failures++;
    say(`  ${name}: ${(error as Error).message}\n`);
  }
}

function expectNone(what: string, count: number): void {
  if (count !== 0) failures++;
  say(`  ${count} ${what}\n`);
}
