// Disks that are full or read-only, a database that is damaged, directories that are missing or not to be trusted, and
// too few file descriptors: a CNI error with advice, nothing half done, and all is well once the cause is gone.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { eachColdEngine, eachEngine } from "../e2e/each_target.ts";
import { heldAddresses } from "../e2e/held_addresses.ts";
import { attachment, bridgeNetwork, hostLocal } from "../e2e/networks.ts";
import { type Attachment, call, type CniError, type Config, fail, succeed, type Target } from "../lab/cni_call.ts";
import { must } from "../lab/command.ts";
import type { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";

const POD = { exceptParameters: true };
/** Whether the bridge has carrier changes a moment after its last port has gone. */
const NODE = { except: ["cni0"] };

const network = (node: Node): Config => ({
  ...bridgeNetwork(node, { ipMasq: true, ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]) }),
  cniVersion: "1.1.0",
});

/** A file system of its own for the state, unmounted at the end. */
async function mountState(node: Node, size: string): Promise<AsyncDisposable> {
  const directory = node.stateDirectory;
  await Deno.mkdir(directory, { mode: 0o700, recursive: true });
  await must(["mount", "-t", "tmpfs", "-o", `size=${size},mode=0700`, "state", directory]);
  return { [Symbol.asyncDispose]: async () => void await must(["umount", "--lazy", directory]) };
}

/** Fills what is left of the state's file system. */
async function fill(node: Node): Promise<string> {
  const path = `${node.stateDirectory}/filler`;
  const bytes = new Uint8Array(4096);
  using file = await Deno.open(path, { write: true, create: true });
  for (;;) {
    try {
      await file.write(bytes);
    } catch {
      return path;
    }
  }
}

function journals(node: Node): string[] {
  return [...Deno.readDirSync(`${node.stateDirectory}/journal`)].map(({ name }) => name);
}

/** An ADD that has to fail, and to leave pod and node as they were. */
async function refused(target: Target, node: Node, at: Attachment): Promise<CniError> {
  if (typeof at.netns === "string") throw new Error("needs a pod");
  const before = [await dumpState(at.netns, POD), await dumpState(node.namespace, NODE)];
  const error = await fail(target, node, "ADD", network(node), at);
  assertEquals([await dumpState(at.netns, POD), await dumpState(node.namespace, NODE)], before, error.msg);
  return error;
}

async function comeAndGo(target: Target, node: Node, at: Attachment): Promise<void> {
  const result = await succeed(target, node, "ADD", network(node), at);
  await succeed(target, node, "CHECK", { ...network(node), prevResult: result }, at);
  await succeed(target, node, "DEL", network(node), at);
}

eachEngine("a full disk: ADD, STATUS and DEL say so, and work again when there is space", async (target, node) => {
  await using _mounted = await mountState(node, "1m");
  const first = attachment(await node.pod());
  await succeed(target, node, "ADD", network(node), first);
  const second = attachment(await node.pod());
  const filler = await fill(node);
  const error = await refused(target, node, second);
  assertStringIncludes(error.msg, "disk is full");
  assertStringIncludes(error.msg, node.stateDirectory);
  const status = await fail(target, node, "STATUS", network(node), second);
  assertEquals([status.code, status.msg.includes("disk is full")], [50, true], status.msg);
  const del = await call(target, node, "DEL", network(node), first);
  if (del.code !== 0) assertStringIncludes(JSON.parse(del.stdout).msg + del.stderr, "disk is full");
  await Deno.remove(filler);
  await succeed(target, node, "STATUS", network(node), second);
  await comeAndGo(target, node, second);
  await succeed(target, node, "DEL", network(node), first);
  assertEquals(await heldAddresses(target, node), []);
});

eachEngine("a disk that fills up somewhere on the way of an ADD: it fails whole, or succeeds", async (target, node) => {
  await using _mounted = await mountState(node, "1m");
  await comeAndGo(target, node, attachment(await node.pod()));
  let [failed, succeeded] = [0, 0];
  for (const pages of [0, 1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 140]) {
    const filler = await fill(node);
    await Deno.truncate(filler, Math.max(0, (await Deno.stat(filler)).size - pages * 4096));
    const at = attachment(await node.pod());
    const before = await dumpState(node.namespace, NODE);
    const { code, stdout } = await call(target, node, "ADD", network(node), at);
    if (code === 0) succeeded++;
    else {
      failed++;
      assertMatch(stdout, /disk is full/);
      // An undo that has to write as well, and cannot, is kept for the next call: never is anything left unknown.
      const left = await dumpState(node.namespace, NODE);
      if (journals(node).length === 0) assertEquals(left, before, stdout);
    }
    await Deno.remove(filler);
    await succeed(target, node, "DEL", network(node), at);
    assertEquals([await heldAddresses(target, node), journals(node)], [[], []]);
    assertEquals(await dumpState(node.namespace, NODE), before);
  }
  assert(failed > 0 && succeeded > 0, `${failed} ADDs failed, ${succeeded} succeeded`);
});

// An agent has files open there, so that nobody can make it read-only.
eachColdEngine("a state directory that became read-only: clear errors, nothing done", async (target, node) => {
  await using _mounted = await mountState(node, "4m");
  const first = attachment(await node.pod());
  await succeed(target, node, "ADD", network(node), first);
  await must(["mount", "-o", "remount,ro", node.stateDirectory]);
  const error = await refused(target, node, attachment(await node.pod()));
  assertEquals([error.code, error.msg.includes("mounted read-only")], [5, true], error.msg);
  const status = await fail(target, node, "STATUS", network(node), first);
  assertEquals([status.code, status.msg.includes("mounted read-only")], [50, true], status.msg);
  await must(["mount", "-o", "remount,rw", node.stateDirectory]);
  await succeed(target, node, "DEL", network(node), first);
  assertEquals(await heldAddresses(target, node), []);
});

for (
  const [what, harm] of [
    ["overwritten", (path: string) => Deno.writeTextFile(path, "this is no database".repeat(5000))],
    ["cut short", (path: string) => Deno.truncate(path, 4096 * 3)],
    ["removed", (path: string) => Deno.remove(path)],
  ] as const
) {
  // SQLite cannot stand that its log is removed while an agent has it open: that is an error until the agent starts anew.
  eachColdEngine(`a state database that is ${what} loses no attachment and no lease`, async (target, node) => {
    const [first, second] = [attachment(await node.pod()), attachment(await node.pod())];
    await succeed(target, node, "ADD", network(node), first);
    const held = await heldAddresses(target, node);
    for (const suffix of ["-wal", "-shm"]) {
      await Deno.remove(`${node.stateDirectory}/cnidaria.db${suffix}`).catch(() => {});
    }
    await harm(`${node.stateDirectory}/cnidaria.db`);
    const { code, stderr, stdout } = await call(target, node, "ADD", network(node), second);
    assertEquals(code, 0, stdout);
    assertStringIncludes(stderr, "a new one has 1 attachments and 2 leases");
    assertEquals((await heldAddresses(target, node)).length, 4);
    assertEquals((await heldAddresses(target, node)).filter((address) => held.includes(address)), held);
    await succeed(target, node, "DEL", network(node), first);
    await succeed(target, node, "DEL", network(node), second);
    assertEquals(await heldAddresses(target, node), []);
    assertEquals((await node.namespace.must(["nft", "list", "ruleset"])).match(/10\.22\.0\.|fd00:22::/), null);
  });
}

// An agent has looked at the directory when it began.
eachColdEngine(
  "a state directory that others can write to is not used, and one that is missing is made",
  async (target, node) => {
    await Deno.mkdir(node.stateDirectory);
    await Deno.chmod(node.stateDirectory, 0o777);
    const at = attachment(await node.pod());
    const error = await refused(target, node, at);
    assertEquals([error.code, error.msg.includes("chmod go-w")], [5, true], error.msg);
    await Deno.remove(node.stateDirectory, { recursive: true });
    await comeAndGo(target, node, at);
  },
);

eachColdEngine("too few file descriptors: an ADD succeeds, or fails whole", async (target, node) => {
  await comeAndGo(target, node, attachment(await node.pod()));
  const config = network(node);
  let [failed, succeeded, said] = [0, 0, ""];
  for (let limit = 12; limit <= 40; limit += 2) {
    const pod = await node.pod();
    const at = attachment(pod);
    const before = [await dumpState(pod, POD), await dumpState(node.namespace, NODE)];
    const argv = ["prlimit", `--nofile=${limit}`, "--", `${target.directory}/${config.type}`];
    const { code, stdout } = await node.namespace.run(argv, {
      input: JSON.stringify(config),
      env: {
        ...target.environment(node),
        CNI_COMMAND: "ADD",
        CNI_CONTAINERID: at.containerId,
        CNI_IFNAME: at.ifname,
        CNI_NETNS: pod.path,
        CNI_PATH: target.directory,
      },
    });
    if (code === 0) succeeded++;
    else {
      failed++;
      assertEquals([await dumpState(pod, POD), await dumpState(node.namespace, NODE)], before, stdout);
      said += stdout;
    }
    await succeed(target, node, "DEL", config, at);
    assertEquals(await heldAddresses(target, node), []);
    await pod.delete();
  }
  assert(failed > 0 && succeeded > 0, `${failed} ADDs failed, ${succeeded} succeeded`);
  assertStringIncludes(said, "open files");
});
