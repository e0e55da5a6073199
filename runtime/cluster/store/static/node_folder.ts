// nodes/: the files of all nodes, read as a whole, and what has changed from one reading to the next.

import type { NodeEntry } from "../node_entry.ts";
import type { StoreEvent } from "../store.ts";
import { isNodeName, readNodeFile } from "./node_file.ts";

/** One reading of the folder. */
export interface Reading {
  readonly entries: ReadonlyMap<string, NodeEntry>;
  /** Sentences about files that are no JSON or cannot be read, by node: what they said before goes on being true. */
  readonly broken: ReadonlyMap<string, string>;
}

/** @throws what the system says, where the folder cannot be read */
export async function readNodes(folder: string): Promise<Reading> {
  const entries = new Map<string, NodeEntry>();
  const broken = new Map<string, string>();
  const files: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".json") && isNodeName(name.slice(0, -".json".length))) files.push(name);
  }
  for (const file of files.sort()) {
    const name = file.slice(0, -".json".length);
    const path = `${folder}/${file}`;
    try {
      entries.set(name, readNodeFile(name, await Deno.readTextFile(path), path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      const why = error instanceof SyntaxError ? `it is no JSON: ${error.message}` : (error as Error).message;
      broken.set(name, `Cannot use the file of node "${name}" as ${why.replaceAll("\n", " ")} (${path})`);
    }
  }
  return { entries, broken };
}

/** Entries as they are true now: of a file that is broken, what it said before. */
export function withEarlier({ entries, broken }: Reading, before: Reading["entries"]): Map<string, NodeEntry> {
  const now = new Map(entries);
  for (const name of broken.keys()) {
    const earlier = before.get(name);
    if (earlier !== undefined) now.set(name, earlier);
  }
  return now;
}

/** What has happened between two readings; everything where there was none before. */
export function* changes(before: Reading["entries"] | undefined, now: Reading["entries"]): Generator<StoreEvent> {
  if (before === undefined) {
    yield { kind: "all", nodes: [...now.values()].flatMap((entry) => entry.kind === "node" ? [entry.node] : []) };
  }
  for (const [name, entry] of now) {
    if (before !== undefined && JSON.stringify(before.get(name)) === JSON.stringify(entry)) continue;
    if (entry.kind === "ignored") yield entry;
    else if (entry.kind === "node" && before !== undefined) yield { kind: "set", node: entry.node };
  }
  for (const name of before?.keys() ?? []) if (!now.has(name)) yield { kind: "gone", name };
}
