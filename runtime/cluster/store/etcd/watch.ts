// All leases, as they change: listed once, then watched from that revision on. Where the watch breaks it goes on from
// the last revision seen; where etcd has forgotten that one, or has another history, everything is listed again.

import type { IWatchResponse } from "etcd3";
import { pause } from "../../patience.ts";
import { BackOff } from "../back_off.ts";
import type { NodeEntry } from "../node_entry.ts";
import type { StoreEvent } from "../store.ts";
import type { EtcdConnection } from "./connection.ts";
import { readLease } from "./layout.ts";
import type { LeaseKeys } from "./lease_keys.ts";
import { watchLeases } from "./watch_stream.ts";

/** Milliseconds without an event, after which it is asked whether etcd still serves. */
const PROBE_MS = 20_000;

export interface WatchTimes {
  readonly backOff?: BackOff;
  readonly probeMs?: number;
}

export async function* watchNodes(
  connection: EtcdConnection,
  keys: LeaseKeys,
  signal: AbortSignal,
  { backOff = new BackOff(), probeMs = PROBE_MS }: WatchTimes = {},
): AsyncGenerator<StoreEvent> {
  /** Of the next change that is wanted; none: all is to be listed. */
  let revision: bigint | undefined;
  let cluster: string | undefined;
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      if (revision === undefined) {
        const list = await keys.list(signal);
        if (told !== undefined) yield { kind: "reachable" };
        told = undefined;
        yield* everything(list.keys.map(({ name, value }) => readLease(name, value)));
        revision = list.revision + 1n;
        cluster = list.cluster;
      }
      for await (const response of watchLeases(connection, keys, revision, probeMs, signal)) {
        if (told !== undefined) yield { kind: "reachable" };
        told = undefined;
        if (isLost(response, revision, cluster)) {
          revision = undefined;
          break;
        }
        if (response.canceled) throw new Error(response.cancel_reason || "etcd has cancelled the watch");
        yield* changes(response, keys);
        if (!response.created) revision = next(response);
        backOff.reset();
      }
    } catch (error) {
      if (signal.aborted) return;
      const why = connection.storeError("watch the leases", error as Error);
      if (why.message !== told) yield { kind: "unreachable", why: why.message };
      told = why.message;
      await pause(backOff.next(), signal);
      connection.reset();
    }
  }
}

/** Whether changes from a revision on cannot be had: it was compacted away, or etcd is behind it, so it is another's. */
function isLost(
  { compact_revision, canceled, created, header }: IWatchResponse,
  revision: bigint,
  cluster: string | undefined,
): boolean {
  if (canceled && compact_revision !== "0") return true;
  if (header.cluster_id !== cluster) return true;
  return created && BigInt(header.revision) + 1n < revision;
}

/**
 * Of the change after those of an answer. Its header may be ahead of its events, while more of these are to come; without
 * events it says how far etcd has come.
 */
function next({ events, header }: IWatchResponse): bigint {
  const revisions = events.map(({ kv }) => BigInt(kv.mod_revision));
  return revisions.reduce((last, it) => it > last ? it : last, revisions[0] ?? BigInt(header.revision)) + 1n;
}

function* everything(entries: readonly NodeEntry[]): Generator<StoreEvent> {
  yield { kind: "all", nodes: entries.flatMap((entry) => entry.kind === "node" ? [entry.node] : []) };
  for (const entry of entries) if (entry.kind === "ignored") yield entry;
}

function* changes({ events }: IWatchResponse, keys: LeaseKeys): Generator<StoreEvent> {
  for (const { type, kv } of events) {
    const { name, value } = keys.read(kv);
    if (type === "Delete") {
      yield { kind: "gone", name };
      continue;
    }
    const entry = readLease(name, value);
    if (entry.kind === "node") yield { kind: "set", node: entry.node };
    else if (entry.kind === "ignored") yield entry;
    else yield { kind: "gone", name };
  }
}
