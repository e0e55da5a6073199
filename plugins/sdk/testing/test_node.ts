// A node in memory for the tests of a plugin, see `runtime/testkit`.

import { assert, assertEquals } from "@std/assert";
import { CniFailure } from "../../../runtime/cni/failure.ts";
import type { BuiltPlugin } from "../../../runtime/testkit/lib_folder.ts";
import { TestNode } from "../../../runtime/testkit/test_node.ts";
import { optionsTable, withOptionsTable } from "../options_table.ts";
import { builtPlugin, DIST, testEngine } from "./built.ts";

/**
 * What makes nodes in memory with plugins on them, which are built from their folders where that is needed: at the top of
 * a test file, once. The first plugin is the one that a configuration without `type` is for. What comes with cnidaria
 * (bridge, host-local, …) is there as well.
 *
 * @example
 * ```ts ignore
 * const newNode = await testNodes(new URL(".", import.meta.url));
 *
 * Deno.test("ADD gives the pod an address", async () => {
 *   using node = newNode();
 *   const result = await node.pod().add({ subnet: "10.1.0.0/16" });
 * });
 * ```
 */
export async function testNodes(...dirs: (string | URL)[]): Promise<() => TestNode> {
  const plugins: BuiltPlugin[] = [];
  for (const dir of dirs) plugins.push(await builtPlugin(dir));
  const engine = await testEngine();
  return () => new TestNode({ engine, dist: DIST, plugins });
}

/** The error result that a verb ends with. @throws {Error} if it ends well */
export async function errorOf(verb: Promise<unknown>): Promise<CniFailure> {
  try {
    await verb;
  } catch (error) {
    if (error instanceof CniFailure) return error;
    throw error;
  }
  throw new Error("the plugin succeeded, an error was expected");
}

/** A node, and a verb to run on it. */
export interface Scene {
  readonly node: TestNode;
  run(): Promise<unknown>;
}

/**
 * Runs a verb once to see its host calls, then once on a new node for each of them, with that one failing. Each must end
 * with an error that says so, and leave the node as it was before the verb.
 *
 * @param scene makes a node, and what is to be run on it
 * @param tolerated functions (`neighbors.announce`) whose failure is none of the verb's
 */
export async function assertEveryFaultIsUndone(
  scene: () => Scene | Promise<Scene>,
  tolerated: readonly string[] = [],
): Promise<void> {
  const names = await callNames(scene);
  assert(names.length > 0, "the verb makes no host call");
  for (const [index, name] of names.entries()) {
    const { node, run } = await scene();
    using _ = node;
    const before = node.state();
    node.fail(index + 1, { message: `broken ${name}` });
    if (tolerated.includes(name)) {
      await run();
      assertEquals(node.failNoMore(), 0, `call ${index + 1}, ${name}, was not made`);
      continue;
    }
    const failure = await errorOf(run());
    assert(failure.message.includes(`broken ${name}`), `call ${index + 1}, ${name}: ${failure.message}`);
    assertEquals(node.state(), before, `what is left after call ${index + 1}, ${name}, failed`);
  }
}

async function callNames(scene: () => Scene | Promise<Scene>): Promise<string[]> {
  const { node, run } = await scene();
  using _ = node;
  await run();
  return node.callNames.filter((name) => !name.startsWith("log."));
}

/** That the README's table of options is that of the schema; `cnidaria plugin build` writes it. */
export async function assertReadmeIsCurrent(
  readme: URL,
  schema: Parameters<typeof optionsTable>[0],
): Promise<void> {
  const text = await Deno.readTextFile(readme);
  assertEquals(text, withOptionsTable(text, optionsTable(schema)), "run `cnidaria plugin build`");
}
