// `cnidaria plan` against the ADD and DEL that follow it: the same calls, the same result, the same error; and what the
// plan leaves, which is nothing.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Attachment, type Config, fail, type Result, succeed, type Target } from "../lab/cni_call.ts";
import type { Outcome } from "../lab/command.ts";
import type { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import { eachColdEngine, eachEngine, eachWay } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";
import { GO_DIRECTORY, goMissing } from "./targets.ts";

/** The functions that only look: those that a plan does not name. */
const READS =
  /\.(blockers|differences|getChild|inForce|inUse|get|list|listAll|tuning|refusedParameters|supports|fdbList|settle|waitRunning|listMasquerades|hasMacCheck|held|usage|resolvConf|subnetEnv|waitSubnetEnv)$/;
const RUNS_PLUGINS_OR_LOGS = /^(ipam|delegate|log)\./;

interface Call {
  plugin: string;
  function: string;
  args: unknown[];
  changes: { kind: string }[];
  error?: string;
}
interface Plan {
  calls: Call[];
  changes: { plugin: string; kind: string; address?: string }[];
  takenBack?: { kind: string }[];
  result?: Result;
  error?: { code: number; msg: string; details: string };
  notes: string[];
}

const dual = ["10.22.0.0/24", "fd00:22::/64"];
const twoAddresses = [
  { address: "10.26.0.7/24", gateway: "10.26.0.1" },
  { address: "fd00:26::7/64", gateway: "fd00:26::1" },
];
/** By round: two pods cannot have one port of the node. */
const networks: Record<string, (node: Node, round: number) => Config> = {
  "bridge, a gateway of both families with ipMasq": (node) =>
    bridgeNetwork(node, { ipMasq: true, ipam: hostLocal(node, dual) }),
  "bridge with everything else": (node) =>
    bridgeNetwork(node, {
      isDefaultGateway: true,
      hairpinMode: true,
      portIsolation: true,
      macspoofchk: true,
      enabledad: true,
      mtu: 1400,
      ipam: hostLocal(node, dual),
    }),
  "bridge whose pods are isolated until their network policies are in force": (node) =>
    bridgeNetwork(node, { networkPolicy: { untilSynced: "deny", waitMs: 0 }, ipam: hostLocal(node, dual) }),
  "bridge with static addresses": (node) =>
    bridgeNetwork(node, {
      ipam: { type: "static", addresses: twoAddresses, routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }] },
    }),
  "bridge without addresses": (node) => bridgeNetwork(node, { ipam: {}, isGateway: false }),
  "ptp with ipMasq, and sbr": (node) => ({
    cniVersion: VERSION,
    name: "ptp",
    type: "cnidaria",
    plugins: [{ type: "ptp", ipMasq: true, ipam: hostLocal(node, dual) }, { type: "sbr" }],
  }),
  "flannel": (node) => ({
    cniVersion: VERSION,
    name: "cbr0",
    type: "flannel",
    subnetFile: `${node.directory}/subnet.env`,
    delegate: { hairpinMode: true, isDefaultGateway: true },
  }),
  "loopback": () => ({ cniVersion: VERSION, name: "lo", type: "loopback" }),
  "host-local": (node) => ({ ...bridgeNetwork(node), type: "host-local" }),
  "an own chain": (node, round) => {
    const { cniVersion, name, ...plugin } = bridgeNetwork(node);
    const limits = { type: "bandwidth", ingressRate: 8_000_000, egressRate: 8_000_000 };
    const plugins = [plugin, { type: "portmap" }, limits, { type: "firewall", ingressPolicy: "isolated" }];
    const runtimeConfig = { portMappings: [{ hostPort: 8080 + round, containerPort: 80, protocol: "tcp" }] };
    return { cniVersion, name, type: "cnidaria", plugins, runtimeConfig };
  },
};

for (const [what, network] of Object.entries(networks)) {
  eachWay(`a plan is what the ADD and the DEL then do: ${what}`, async (target, node) => {
    await writeSubnetFile(node);
    // On a fresh node, and then on one that has a pod already.
    for (const round of [1, 2]) {
      const config = network(node, round);
      const pod = await node.pod();
      const at = attachment(pod);
      const state = () => Promise.all([dumpState(node.namespace, { files: [node.directory] }), dumpState(pod)]);
      const before = await state();
      const { plan } = await planned(target, node, config, at);
      assertEquals(await state(), before);
      const held = await heldAddresses(target, node);
      const { calls, result } = await traced(target, node, "ADD", config, at);
      assertEquals(plan.error, undefined);
      assertEquals(plan.calls.map(brief), calls);
      // The MAC of a bridge that is there is known.
      assertEquals(withoutRandom(plan.result), withoutRandom(result));
      const leases = plan.changes.filter((it) => it.kind === "lease-acquired").map((it) => it.address!);
      assertEquals([...held, ...leases].sort(), await heldAddresses(target, node));

      const again = await planned(target, node, config, at);
      const refused = await fail(target, node, "ADD", config, at);
      assertEquals([again.plan.error?.code, again.plan.error?.msg], [refused.code, refused.msg]);
      const attached = await state();
      const del = await planned(target, node, config, at, "del");
      assertEquals(await state(), attached);
      if (round === 1) continue;
      const real = await traced(target, node, "DEL", config, at);
      assertEquals(del.plan.calls.map(brief), real.calls);
      assertEquals((del.plan.takenBack ?? []).map((it) => it.kind), real.undone);
    }
  });
}

// An agent makes the state directory when it starts.
eachColdEngine(
  "a plan of a pod that does not exist leaves a node without state without state",
  async (target, node) => {
    const config = bridgeNetwork(node, { ipMasq: true, ipam: hostLocal(node, dual) });
    const before = await dumpState(node.namespace, { files: [node.directory] });
    const { plan, code } = await planned(target, node, config, { containerId: "new", ifname: "eth0", netns: "" });
    assertEquals([code, plan.error, plan.notes], [0, undefined, []]);
    assertEquals(plan.result?.interfaces?.map(({ name, sandbox }) => [name, sandbox]), [
      ["cni0", undefined],
      ["veth<random>", undefined],
      ["eth0", "<netns>"],
    ]);
    assertEquals(plan.result?.ips?.map((ip) => ip.address), ["10.22.0.2/24", "fd00:22::2/64"]);
    assertEquals(await dumpState(node.namespace, { files: [node.directory] }), before);
    await assertMissing(node.stateDirectory);
  },
);

eachEngine("a plan of an ADD that would fail says with which error", async (target, node) => {
  const full = bridgeNetwork(node, {
    ipam: {
      ...hostLocal(node, []),
      ranges: [[{ subnet: "10.22.0.0/24", rangeStart: "10.22.0.2", rangeEnd: "10.22.0.2" }]],
    },
  });
  await succeed(target, node, "ADD", full, attachment(await node.pod()));
  const taken = await node.pod();
  await taken.ip("link add eth0 type bridge");
  const foreign = { ...bridgeNetwork(node), bridge: "lo" };
  const cases: [Config, Attachment][] = [
    [full, attachment(await node.pod())],
    [{ ...bridgeNetwork(node), name: "green", bridge: "cni9" }, attachment(taken)],
    [{ ...foreign, name: "red" }, attachment(await node.pod())],
    [bridgeNetwork(node, { name: "white", mtu: "big" }), attachment(await node.pod())],
    [bridgeNetwork(node, { name: "grey", ipam: { type: "nobody" } }), attachment(await node.pod())],
    [bridgeNetwork(node, { name: "black" }), attachment(await node.pod(), { ifname: "much-too-long-name" })],
    [bridgeNetwork(node, { name: "brown" }), { containerId: "c", ifname: "eth0", netns: "/run/no-such-netns" }],
    [bridgeNetwork(node, { name: "pink" }), { containerId: "c", ifname: "eth0", netns: "/proc/self/ns/net" }],
  ];
  for (const [config, at] of cases) {
    const { plan, code } = await planned(target, node, config, at);
    const error = await fail(target, node, "ADD", config, at);
    assertEquals(code, 1);
    assertEquals(
      [plan.error?.code, plan.error?.msg, plan.error?.details ?? ""].map(withoutRandom),
      [
        error.code,
        error.msg,
        error.details ?? "",
      ].map(withoutRandom),
    );
    assertEquals(plan.result, undefined);
  }
});

eachEngine("a plan reads as a list, with what would be printed", async (target, node) => {
  const pod = await node.pod();
  const { stdout } = await run(target, node, bridgeNetwork(node), attachment(pod, { containerId: "c9" }), [
    "--ifname",
    "eth0",
  ]);
  assertStringIncludes(stdout, "Plan of ADD for eth0 of container c9 on network blue. Nothing was changed.\n");
  assertStringIncludes(stdout, "host-local  lease 10.22.0.2 of 10.22.0.0/24\n");
  assertStringIncludes(
    stdout,
    "bridge      make veth pair eth0 in the container and veth<random> on the host, a port of cni0\n",
  );
  assertStringIncludes(stdout, `"sandbox": "${pod.path}"`);
});

eachEngine("an executable of someone else's is named, and never run", async (target, node) => {
  const marker = `${node.directory}/was-run`;
  const folder = `${node.directory}/foreign`;
  await Deno.mkdir(folder);
  for (const name of ["tuner", "their-ipam"]) {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\ntouch ${marker}\ncat\n`, { mode: 0o755 });
  }
  const at = attachment(await node.pod());
  const path = `${target.directory}:${folder}`;
  const chain = (...plugins: object[]) => ({ cniVersion: VERSION, name: "blue", plugins });
  const { cniVersion: _version, name: _name, ...bridge } = bridgeNetwork(node);

  const after = await planned(
    target,
    node,
    chain(bridge, { type: "tuner" }, { ...bridge, bridge: "cni1" }),
    at,
    "add",
    path,
  );
  assertStringIncludes(after.plan.notes.join(), 'plugin "tuner" is an executable of someone else\'s');
  // What follows sees what came before: the address is leased.
  assertStringIncludes(after.plan.error?.msg ?? "no error", "has one: 10.22.0.2");
  const first = await planned(target, node, chain({ type: "tuner" }, bridge), at, "add", path);
  assertStringIncludes(first.plan.error?.msg ?? "", 'Cannot plan what plugin "tuner" would do');
  const ipam = await planned(target, node, chain({ ...bridge, ipam: { type: "their-ipam" } }), at, "add", path);
  assertStringIncludes(ipam.plan.error?.msg ?? "", 'Cannot plan what the executable plugin "their-ipam" would do');
  await assertMissing(marker);
});

eachEngine("upstream's bridge in CNI_PATH is not taken for ours", async (target, node) => {
  const at = attachment(await node.pod());
  const { plan, code } = await planned(target, node, bridgeNetwork(node), at, "add", GO_DIRECTORY);
  assertEquals(code, 1);
  assertStringIncludes(plan.error?.msg ?? "", 'Cannot plan what plugin "bridge" would do');
}, goMissing());

async function planned(
  target: Target,
  node: Node,
  config: object,
  at: Attachment,
  verb: "add" | "del" = "add",
  path?: string,
): Promise<{ plan: Plan; code: number }> {
  const { code, stdout, stderr } = await run(target, node, config, at, ["--json", "--verb", verb], path);
  if (stdout === "") throw new Error(`Cannot read the plan as there is none: ${stderr}`);
  const plan: Plan = JSON.parse(stdout);
  assertEquals(code, plan.error === undefined ? 0 : 1, stdout);
  assertEquals(stderr, "");
  return { plan, code };
}

async function run(
  target: Target,
  node: Node,
  config: object,
  { containerId, ifname, netns }: Attachment,
  options: readonly string[],
  path = target.directory,
): Promise<Outcome> {
  const namespace = typeof netns === "string" ? netns : netns.path;
  const at = namespace === "" ? [] : ["--netns", namespace];
  const file = await Deno.makeTempFile({ suffix: ".conf" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(asList(config)));
    return await node.namespace.run(
      [
        ...[`${target.directory}/cnidaria`, "plan", "--conf", file, "--container-id", containerId, ...at],
        ...["--ifname", ifname, "--bin-dir", path, ...options],
      ],
      { env: { ...target.environment(node), TMPDIR: node.directory } },
    );
  } finally {
    await Deno.remove(file);
  }
}

/** One plugin that has `plugins` itself, as a list has them, would be taken for a list. */
function asList(config: object): object {
  return "type" in config && "plugins" in config ? { ...config, plugins: [config] } : config;
}

/** A real call, with its changing host calls as the trace has them. */
async function traced(target: Target, node: Node, command: "ADD" | "DEL", config: Config, at: Attachment) {
  const file = await Deno.makeTempFile({ dir: "/run" });
  try {
    const environment = () => ({ ...target.environment(node), CNIDARIA_TRACE: file });
    const result = await succeed({ ...target, environment }, node, command, config, at);
    const trace: {
      hostCalls: { plugin: string; function: string; args: string; error?: string }[];
      undone: { change: string }[];
    } = JSON.parse(await Deno.readTextFile(file));
    const calls = trace.hostCalls
      .filter((call) => !READS.test(call.function) && !RUNS_PLUGINS_OR_LOGS.test(call.function))
      .map((call) => line(call.plugin, call.function, call.args, call.error));
    return { result, calls, undone: trace.undone.map(({ change }) => JSON.parse(change).kind as string) };
  } finally {
    await Deno.remove(file);
  }
}

function brief(call: Call): string {
  return line(
    call.plugin,
    call.function,
    call.args.map((arg) => arg === null ? "" : JSON.stringify(arg)).join(", "),
    call.error,
  );
}

function line(plugin: string, name: string, args: string, error = "none"): string {
  return `${plugin} ${name}(${withoutRandom(args)}) error: ${withoutRandom(error)}`;
}

/** What only the kernel or chance decides, as a plan shows it. */
function withoutRandom<T>(value: T): T {
  const text = JSON.stringify(value).replaceAll(/veth[0-9a-f]{8}/g, "veth<random>")
    .replaceAll(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, (mac) => mac === "00:00:00:00:00:00" ? mac : "<random>");
  return JSON.parse(text);
}

async function writeSubnetFile(node: Node): Promise<void> {
  const lines = ["NETWORK=10.244.0.0/16", "SUBNET=10.244.3.1/24", "MTU=1450", "IPMASQ=true"];
  await Deno.writeTextFile(`${node.directory}/subnet.env`, `FLANNEL_${lines.join("\nFLANNEL_")}\n`);
}

async function assertMissing(path: string): Promise<void> {
  assert(await Deno.stat(path).then(() => false, () => true), `${path} is there`);
}
