// Attachments from ADD to DEL by the real program, with the real components of bridge and host-local.

import { assert, assertEquals } from "@std/assert";
import { whyNotIsolated } from "../../test/lab/isolation.ts";
import type { Namespace } from "../../test/lab/namespace.ts";
import { Node } from "../../test/lab/node.ts";
import { bootId, hostNetnsId, netnsId } from "../../host-funcs/sys/identity.ts";
import { Journal, journalDir } from "./journal.ts";

const MAIN = new URL("../main.ts", import.meta.url).pathname;
const DIST = new URL("../../dist", import.meta.url).pathname;

const CONFIG = {
  cniVersion: "1.1.0",
  name: "net",
  type: "bridge",
  bridge: "cni0",
  isGateway: true,
  ipam: {
    type: "host-local",
    ranges: [[{ subnet: "10.9.0.0/29" }], [{ subnet: "2001:db8:9::/64" }]],
    routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
  },
};

interface Answer {
  exitCode: number;
  stderr: string;
  // deno-lint-ignore no-explicit-any
  json: any;
}

/** One node with a pod, and how to call the program there. */
class Lab {
  constructor(readonly node: Node, readonly pod: Namespace) {}

  async call(
    command: string,
    config: Record<string, unknown> = CONFIG,
    env: Record<string, string> = {},
  ): Promise<Answer> {
    const { code, stdout, stderr } = await this.node.namespace.run([Deno.execPath(), "run", "-A", MAIN], {
      input: JSON.stringify(config),
      env: { ...this.environment(), CNI_COMMAND: command, ...env },
    });
    return { exitCode: code, stderr, json: stdout === "" ? undefined : JSON.parse(stdout) };
  }

  environment(): Record<string, string> {
    return {
      CNI_CONTAINERID: "pod",
      CNI_NETNS: this.pod.path,
      CNI_IFNAME: "eth0",
      CNI_PATH: `${this.node.directory}/bin`,
      CNIDARIA_STATE: this.node.stateDirectory,
      CNIDARIA_LIB: DIST,
    };
  }

  /** Lets the executable "lender" end its ADD. */
  async goOn(): Promise<void> {
    await Deno.writeTextFile(`${this.node.directory}/bin/lender.go`, "");
  }

  /** What the executable "lender" has written down. */
  async lenderLog(): Promise<string[]> {
    const text = await Deno.readTextFile(`${this.node.directory}/bin/lender.log`).catch(() => "");
    return text.split("\n").slice(0, -1);
  }

  async ok(command: string, config?: Record<string, unknown>, env?: Record<string, string>) {
    const answer = await this.call(command, config, env);
    assertEquals(answer.exitCode, 0, JSON.stringify(answer));
    return answer.json;
  }

  /** Names of the links of the node but for `lo`. */
  async links(namespace: Namespace = this.node.namespace): Promise<string[]> {
    const links = await namespace.ipJson<{ ifname: string }[]>("link show");
    return links.map((it) => it.ifname).filter((name) => name !== "lo");
  }

  journals(): string[] {
    return [...Deno.readDirSync(journalDir(this.node.stateDirectory))].map((it) => it.name);
  }

  /** Nothing is left but the bridge, which other pods may use. */
  async assertClean(): Promise<void> {
    const left = (await this.links()).filter((name) => name !== "cni0");
    assertEquals([left, this.journals(), await this.heldLeases()], [[], [], 0]);
  }

  async heldLeases(): Promise<number> {
    const { openDatabase } = await import("../../host-funcs/state/open_database.ts");
    const { listLeases } = await import("../../host-funcs/leases/list.ts");
    const database = openDatabase(this.node.stateDirectory);
    try {
      return listLeases(database).length;
    } finally {
      database.close();
    }
  }

  /** An executable plugin in CNI_PATH. */
  async executable(name: string, script: string): Promise<void> {
    await Deno.mkdir(`${this.node.directory}/bin`, { recursive: true });
    await Deno.writeTextFile(`${this.node.directory}/bin/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}

function labTest(name: string, test: (lab: Lab) => Promise<void>): void {
  const missing = whyNotIsolated() ?? (hasPlugins() ? undefined : "needs `deno task build`");
  Deno.test({
    name: missing === undefined ? name : `${name} (skipped: ${missing})`,
    ignore: missing !== undefined,
    fn: async () => {
      await using node = await Node.create();
      await test(new Lab(node, await node.pod()));
    },
  });
}

function hasPlugins(): boolean {
  try {
    return Deno.statSync(`${DIST}/plugins/bridge/plugin.wasm`).isFile;
  } catch {
    return false;
  }
}

labTest("ADD, CHECK and DEL twice: what was made is there, and then gone", async (lab) => {
  const result = await lab.ok("ADD");
  assertEquals(result.ips.map((ip: { address: string }) => ip.address), ["10.9.0.2/29", "2001:db8:9::2/64"]);
  assertEquals([await lab.links(lab.pod), await lab.heldLeases(), lab.journals()], [["eth0"], 2, []]);
  assert(await lab.pod.ping("10.9.0.1"));
  const config = { ...CONFIG, prevResult: result };
  await lab.ok("CHECK", config);
  await lab.ok("DEL", config);
  assertEquals(await lab.links(lab.pod), []);
  await lab.assertClean();
  await lab.ok("DEL", config);
  await lab.assertClean();
});

labTest("a second ADD is refused, and the first stays", async (lab) => {
  const prevResult = await lab.ok("ADD");
  const { exitCode, json } = await lab.call("ADD");
  assertEquals([exitCode, json.code], [1, 212]);
  await lab.ok("CHECK", { ...CONFIG, prevResult });
  await lab.ok("DEL");
  await lab.assertClean();
});

labTest("an ADD that fails halfway leaves nothing", async (lab) => {
  await lab.pod.ip("link add eth0 type veth peer name other");
  const { exitCode, json } = await lab.call("ADD");
  assertEquals([exitCode, json.msg.includes("eth0")], [1, true], JSON.stringify(json));
  assertEquals((await lab.links(lab.pod)).toSorted(), ["eth0", "other"]);
  await lab.assertClean();
});

labTest("an ADD whose result the version cannot express leaves nothing", async (lab) => {
  const { exitCode, json } = await lab.call("ADD", { ...CONFIG, cniVersion: "0.2.0", ipam: {} });
  assertEquals([exitCode, json.code, json.cniVersion], [1, 7, "0.2.0"], JSON.stringify(json));
  await lab.assertClean();
});

labTest("what a dead process left is undone by the next call, whichever it is", async (lab) => {
  for (const command of ["ADD", "DEL", "GC"]) {
    await lab.node.namespace.ip("link add vethdead type veth peer name vethdead2");
    const journal = Journal.open(
      lab.node.stateDirectory,
      { network: "net", containerId: "pod", ifname: "eth0" },
      "bridge",
      0,
    );
    journal.begin({
      attachment: { network: "net", containerId: "pod", ifname: "eth0" },
      plugin: "bridge",
      netns: lab.pod.path,
      netnsId: netnsId(lab.pod.path)!,
      bootId: bootId(),
    });
    journal.append({ kind: "link-created", ns: "host", name: "vethdead", linkKind: "veth" });
    journal.close();
    await lab.ok(command, { ...CONFIG, "cni.dev/valid-attachments": [] });
    assertEquals((await lab.links()).filter((name) => name.startsWith("vethdead")), [], command);
    if (command === "ADD") await lab.ok("DEL");
    await lab.assertClean();
  }
});

labTest("DEL works when the plugin is gone, and when the namespace is", async (lab) => {
  await lab.ok("ADD");
  await lab.ok("DEL", CONFIG, { CNIDARIA_LIB: lab.node.directory });
  assertEquals(await lab.links(lab.pod), []);
  await lab.assertClean();
  await lab.ok("ADD");
  await lab.ok("DEL", CONFIG, { CNI_NETNS: "/nonexistent" });
  await lab.assertClean();
});

labTest("DEL with the path of another namespace leaves that alone", async (lab) => {
  const other = await lab.node.pod();
  await other.ip("link add eth0 type veth peer name other");
  await lab.ok("ADD");
  await lab.ok("DEL", CONFIG, { CNI_NETNS: other.path });
  assertEquals((await lab.links(other)).toSorted(), ["eth0", "other"]);
  await lab.assertClean();
});

labTest("a container that comes again in another namespace takes over what the first held", async (lab) => {
  await lab.ok("ADD");
  const second = await lab.node.pod();
  await lab.ok("ADD", CONFIG, { CNI_NETNS: second.path });
  assertEquals([await lab.links(second), await lab.heldLeases()], [["eth0"], 2]);
  await lab.ok("DEL", CONFIG, { CNI_NETNS: second.path });
  await lab.assertClean();
});

labTest("CHECK finds a link, an address and a lease that are gone", async (lab) => {
  const config = { ...CONFIG, prevResult: await lab.ok("ADD") };
  await lab.pod.ip("address del 10.9.0.2/29 dev eth0");
  const address = await lab.call("CHECK", config);
  assertEquals([address.json.code, address.json.msg.includes("10.9.0.2/29")], [100, true], address.json.msg);
  await lab.pod.ip("link del eth0");
  const link = await lab.call("CHECK", config);
  assertEquals(link.json.code, 100);
  await lab.ok("DEL");
  const gone = await lab.call("CHECK", config);
  assertEquals(gone.json.code, 3);
});

labTest("GC removes what the runtime does not know, and nothing else", async (lab) => {
  await lab.ok("ADD");
  const second = await lab.node.pod();
  await lab.ok("ADD", CONFIG, { CNI_CONTAINERID: "second", CNI_NETNS: second.path });
  await lab.ok("GC", { ...CONFIG, "cni.dev/valid-attachments": [{ containerID: "second", ifname: "eth0" }] });
  assertEquals([await lab.links(lab.pod), await lab.links(second), await lab.heldLeases()], [[], ["eth0"], 2]);
  await lab.ok("GC", { ...CONFIG, "cni.dev/valid-attachments": [] });
  assertEquals(await lab.links(second), []);
  await lab.assertClean();
});

labTest("STATUS is well, and code 50 where the state directory is broken", async (lab) => {
  await lab.ok("STATUS");
  await Deno.writeTextFile(`${lab.node.directory}/file`, "");
  const { json } = await lab.call("STATUS", CONFIG, { CNIDARIA_STATE: `${lab.node.directory}/file` });
  assertEquals([json.code, json.msg.includes(`${lab.node.directory}/file`)], [50, true], JSON.stringify(json));
});

const LEASE = '{"cniVersion": "1.1.0", "ips": [{"address": "10.9.0.7/24", "gateway": "10.9.0.1"}]}';

labTest("an executable gives addresses, and is asked to DEL when the ADD fails after it", async (lab) => {
  await lab.executable(
    "lender",
    `cat > /dev/null; echo $CNI_COMMAND >> "$0.log"; [ $CNI_COMMAND != ADD ] || echo '${LEASE}'`,
  );
  const log = () => Deno.readTextFile(`${lab.node.directory}/bin/lender.log`);
  const config = { ...CONFIG, ipam: { type: "lender" } };
  const result = await lab.ok("ADD", config);
  assertEquals(result.ips[0].address, "10.9.0.7/24");
  await lab.ok("CHECK", { ...config, prevResult: result });
  await lab.ok("DEL", config);
  assertEquals((await log()).split("\n"), ["ADD", "CHECK", "DEL", ""]);
  await lab.pod.ip("link add eth0 type veth peer name other");
  assertEquals((await lab.call("ADD", config)).exitCode, 1);
  assertEquals((await log()).split("\n").slice(3), ["ADD", "DEL", ""]);
  await lab.assertClean();
});

labTest("an executable that fails is named, and its DEL is asked for again", async (lab) => {
  await lab.executable("lender", `cat > /dev/null; echo '{"code": 142, "msg": "$CNI_COMMAND: no more"}'; exit 1`);
  const config = { ...CONFIG, ipam: { type: "lender" } };
  const { json } = await lab.call("ADD", config);
  assertEquals([json.code, json.msg.includes("no more")], [142, true], JSON.stringify(json));
  assertEquals((await lab.call("DEL", config)).json.code, 142);
  await lab.assertClean();
});

/** Gives an address when it is told to go on, and writes down what it is asked for, and when it has done it. */
const SLOW_LENDER = `cat > /dev/null; echo $CNI_COMMAND >> "$0.log"
tries=0; while [ $CNI_COMMAND = ADD ] && [ ! -e "$0.go" ] && [ $tries -lt 200 ]; do sleep 0.1; tries=$((tries + 1)); done
echo $CNI_COMMAND done >> "$0.log"; [ $CNI_COMMAND != ADD ] || echo '${LEASE}'`;

/** Starts an ADD by the slow lender, and gives it back when that has begun. */
async function slowAdd(lab: Lab, config: Record<string, unknown>): Promise<Deno.ChildProcess> {
  await lab.executable("lender", SLOW_LENDER);
  const child = lab.node.namespace.start([Deno.execPath(), "run", "-A", MAIN], {
    input: JSON.stringify(config),
    env: { ...lab.environment(), CNI_COMMAND: "ADD" },
  });
  for (let tries = 0; tries < 1000 && !(await lab.lenderLog()).includes("ADD"); tries++) await delay(20);
  return child;
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  labTest(`an ADD that gets ${signal} is undone, and says so`, async (lab) => {
    const config = { ...CONFIG, ipam: { type: "lender" } };
    const child = await slowAdd(lab, config);
    child.kill(signal);
    await lab.goOn();
    const { code, stdout } = await child.output();
    const answer = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([code, answer.code, answer.msg.includes(`the process got ${signal}`)], [1, 220, true], answer.msg);
    assertEquals([await lab.links(lab.pod), await lab.links()], [[], []]);
    assertEquals(await lab.lenderLog(), ["ADD", "ADD done", "DEL", "DEL done"]);
    await lab.assertClean();
  });
}

labTest("an ADD whose answer nobody reads any more is undone", async (lab) => {
  const config = { ...CONFIG, ipam: { type: "lender" } };
  const child = await slowAdd(lab, config);
  await child.stdout.cancel();
  await lab.goOn();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals([code, stderr.includes("nobody reads its answer any more")], [1, true], stderr);
  assertEquals([await lab.links(lab.pod), await lab.links()], [[], []]);
  await lab.assertClean();
});

labTest("an ADD whose answer cannot be written is taken back", async (lab) => {
  const argv = ["sh", "-c", 'exec "$0" "$@" > /dev/full', Deno.execPath(), "run", "-A", MAIN];
  const { code, stderr } = await lab.node.namespace.run(argv, {
    input: JSON.stringify(CONFIG),
    env: { ...lab.environment(), CNI_COMMAND: "ADD" },
  });
  assertEquals([code, stderr.includes("taking the ADD back")], [1, true], stderr);
  assertEquals(await lab.links(lab.pod), []);
  await lab.assertClean();
});

labTest("a DEL after a killed ADD waits for the executable that the ADD had started", async (lab) => {
  const config = { ...CONFIG, ipam: { type: "lender" } };
  const child = await slowAdd(lab, config);
  child.kill("SIGKILL");
  await child.output();
  const [answer] = await Promise.all([lab.call("DEL", config), delay(300).then(() => lab.goOn())]);
  assertEquals(answer.exitCode, 0, answer.stderr);
  assertEquals(await lab.lenderLog(), ["ADD", "ADD done", "DEL", "DEL done"]);
  await lab.assertClean();
});

labTest("a chain runs in one process, hands the result on, and is undone as a whole", async (lab) => {
  const script = 'cat > "$0.in"; [ $CNI_COMMAND != ADD ] || sed "s/.*\\"prevResult\\"://; s/}}$/}/" "$0.in"';
  await lab.executable("tail", script);
  const { name, cniVersion, ...bridge } = CONFIG;
  const chain = { cniVersion, name, type: "cnidaria", plugins: [bridge, { type: "tail" }] };
  const result = await lab.ok("ADD", chain);
  assertEquals(result.ips[0].address, "10.9.0.2/29");
  const seen = JSON.parse(await Deno.readTextFile(`${lab.node.directory}/bin/tail.in`));
  assertEquals([seen.name, seen.type, seen.prevResult.ips[0].address], ["net", "tail", "10.9.0.2/29"]);
  await lab.ok("CHECK", { ...chain, prevResult: result });
  await lab.ok("DEL", { ...chain, prevResult: result });
  await lab.assertClean();
  await lab.executable("tail", "cat > /dev/null; [ $CNI_COMMAND = DEL ] || exit 1");
  const failed = await lab.call("ADD", chain);
  assertEquals([failed.json.code, failed.json.msg.includes("/tail")], [211, true], JSON.stringify(failed.json));
  assertEquals(await lab.links(lab.pod), []);
  await lab.assertClean();
});

labTest("a parameter that was empty is empty again after a chain that failed, and no DEL is refused", async (lab) => {
  await lab.executable("refuser", `[ "$CNI_COMMAND" != ADD ] || { echo '{"code": 101, "msg": "no"}'; exit 1; }`);
  const key = "net/ipv4/ip_local_reserved_ports";
  const tuning = { type: "tuning", sysctl: { [key]: "8080" } };
  const config = { ...CONFIG, type: "cnidaria", plugins: [CONFIG, tuning, { type: "refuser" }] };
  const { exitCode, json } = await lab.call("ADD", config);
  assertEquals([exitCode, json.code], [1, 101], JSON.stringify(json));
  assertEquals(await lab.pod.must(["cat", `/proc/sys/${key}`]), "\n");
  await lab.assertClean();
  await lab.ok("DEL", config);
});

labTest("two calls on one attachment wait for each other", async (lab) => {
  const answers = await Promise.all([lab.call("ADD"), lab.call("ADD"), lab.call("ADD")]);
  const codes = answers.map((it) => it.json.code).filter((code) => code !== undefined);
  assertEquals([codes, await lab.heldLeases()], [[212, 212], 2]);
  await lab.ok("DEL");
  await lab.assertClean();
});

labTest("identity tells namespaces apart", (lab) => {
  const pod = netnsId(lab.pod.path);
  assertEquals([pod === netnsId(lab.pod.path), pod === hostNetnsId(), netnsId("/nonexistent")], [
    true,
    false,
    undefined,
  ]);
  return Promise.resolve();
});
