// A ledger without pods, for tests of what works by the ledger alone.

import type { Change } from "../../host-funcs/change.ts";
import { bootId, netnsId } from "../../host-funcs/sys/identity.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { createLog } from "../cni/log.ts";
import { noCheckpoint } from "../plugin/checkpoint.ts";
import { PluginLoader } from "../plugin/component.ts";
import { Trace } from "../plugin/trace.ts";
import { type LedgerEntry, readEntry, type StoredEntry, writeEntry } from "./ledger.ts";
import type { Remover } from "./remove_attachment.ts";

/** A namespace that is always there. */
export const PRESENT = "/proc/self/ns/net";

/** An attachment of this boot whose namespace is gone; its plugin is not installed. */
export function entryOf(containerId: string, rest: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    attachment: { network: "net", containerId, ifname: "eth0" },
    plugin: "nowhere",
    netns: "/nonexistent/netns",
    netnsId: "0:4:1",
    bootId: bootId(),
    config: { cniVersion: "1.1.0", name: "net", type: "nowhere" },
    rawArgs: "",
    result: { cniVersion: "1.1.0" },
    changes: [],
    runtime: "",
    callKey: "",
    ...rest,
  };
}

/** The same, alive. */
export function aliveEntry(containerId: string, changes: readonly Change[] = []): LedgerEntry {
  return entryOf(containerId, { netns: PRESENT, netnsId: netnsId(PRESENT)!, changes });
}

/** Runs a test with a state directory in which the ledger has these attachments. */
export async function withLedger(
  entries: readonly LedgerEntry[],
  body: (remover: Remover & { lines: string[] }, stored: (containerId: string) => StoredEntry | undefined) => unknown,
): Promise<void> {
  const parent = Deno.makeTempDirSync({ prefix: "cnidaria-ledger-" });
  const stateDir = `${parent}/state`;
  const database = openDatabase(stateDir);
  try {
    for (const entry of entries) writeEntry(database, entry);
    const noEngine = () => Promise.reject(new Error("there is no engine"));
    const loader = new PluginLoader(`${parent}/lib`, stateDir, noEngine, new Trace());
    const lines: string[] = [];
    const log = { ...createLog(() => undefined, () => ""), write: (_: unknown, line: string) => void lines.push(line) };
    await body(
      { stateDir, loader, log, lines, checkpoint: noCheckpoint, rawPath: "" },
      (containerId) => readEntry(database, { network: "net", containerId, ifname: "eth0" }, "nowhere"),
    );
  } finally {
    database.close();
    Deno.removeSync(parent, { recursive: true });
  }
}
