// A list of plugins run as libcni does: name, version and the result so far handed from each to the next.

import { type Attachment, type Config, type Result, succeed, type Target } from "../lab/cni_call.ts";
import type { Node } from "../lab/node.ts";

/** One plugin of a list, and whose executable it is. */
export interface Link {
  readonly target: Target;
  readonly config: Config;
}

/** ADD through the list, in order. Answers the last result. */
export async function addChain(links: readonly Link[], node: Node, at: Attachment): Promise<Result> {
  let prevResult: Result | undefined;
  for (const { target, config } of links) {
    prevResult = await succeed(target, node, "ADD", prevResult ? { ...config, prevResult } : config, at);
  }
  if (prevResult === undefined) throw new Error("Cannot add a list of plugins as it is empty: []");
  return prevResult;
}

/** CHECK through the list, in order, each with the last result. */
export async function checkChain(links: readonly Link[], node: Node, at: Attachment, last: Result): Promise<void> {
  for (const { target, config } of links) await succeed(target, node, "CHECK", { ...config, prevResult: last }, at);
}

/** DEL through the list, backwards, each with the last result. */
export async function delChain(links: readonly Link[], node: Node, at: Attachment, last: Result): Promise<void> {
  for (const { target, config } of links.toReversed()) {
    await succeed(target, node, "DEL", { ...config, prevResult: last }, at);
  }
}
