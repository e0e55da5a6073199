// A node in memory for the tests of a plugin, see `runtime/testkit`.

import { assert, assertEquals } from "@std/assert";
import { CniFailure } from "../../../runtime/cni/failure.ts";
import { TestNode } from "../../../runtime/testkit/test_node.ts";
import { builtPlugin, DIST, testEngine } from "./built.ts";

/**
 * A node in memory with plugins on it, built from their folders where that is needed. The first is the one that a
 * configuration without `type` is for. What comes with cnidaria (bridge, host-local, …) is there as well.
 *
 * @example
 * ```ts ignore
 * using node = await testNode(new URL(".", import.meta.url));
 * ```
 */
export async function testNode(...dirs: (string | URL)[]): Promise<TestNode> {
  const plugins = await Promise.all(dirs.map(builtPlugin));
  return new TestNode({ engine: await testEngine(), dist: DIST, plugins });
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

/**
 * Runs a verb once to see its host calls, then once on a new node for each of them, with that one failing. Each must end
 * with an error that says so, and leave the node as it was before the verb.
 *
 * @param scene makes a node, and what is to be run on it
 * @param tolerated functions (`neighbors.announce`) whose failure is none of the verb's
 */
export async function assertEveryFaultIsUndone(
  scene: () => Promise<{ node: TestNode; run: () => Promise<unknown> }>,
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
      continue;
    }
    const failure = await errorOf(run());
    assert(failure.message.includes(`broken ${name}`), `call ${index + 1}, ${name}: ${failure.message}`);
    assertEquals(node.state(), before, `what is left after call ${index + 1}, ${name}, failed`);
  }
}

async function callNames(scene: () => Promise<{ node: TestNode; run: () => Promise<unknown> }>): Promise<string[]> {
  const { node, run } = await scene();
  using _ = node;
  await run();
  return node.callNames.filter((name) => !name.startsWith("log."));
}
