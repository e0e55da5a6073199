// The thread's own side: this node takes part in the network until the agent ends.

import { Member, type MemberLog } from "../../cluster/member.ts";
import { openParts } from "../../cluster/open_parts.ts";
import { untilDone } from "../../cluster/patience.ts";
import { runMember } from "../../cluster/run.ts";
import type { ClusterStatus } from "../../cluster/status.ts";
import type { Side } from "../side_messages.ts";
import type { ClusterStart } from "./messages.ts";

/**
 * Takes part.
 *
 * @returns when the agent has said that it ends: links, routes and the lease stay
 */
export async function takePart({ options }: ClusterStart, { post, listen }: Side): Promise<void> {
  const end = new AbortController();
  const log: MemberLog = {
    line: (level, message, fields = {}) => post({ kind: "line", level, message, fields }),
  };
  const noStore = { kind: options.store.type, where: "not open" };
  let waitsFor = "the store's configuration";
  let member: Member | undefined;
  const status = (): ClusterStatus =>
    member?.status() ??
      { node: options.node, waitsFor, store: noStore, families: [], peers: [], repairs: 0, repaired: 0 };
  listen((message) => {
    if (message.kind === "ask") post({ kind: "answer", id: message.id, answer: status() });
    else end.abort();
  });
  // A certificate or a kubeconfig may come later.
  const opened = await untilDone(() => openParts(options, log), ({ message }) => {
    waitsFor = message;
    log.line("error", message);
  }, end.signal).catch((error) => {
    if (!end.signal.aborted) throw error;
  });
  if (opened !== undefined) {
    await using parts = opened;
    member = new Member(parts, options, log);
    await runMember(member, parts.kernel, options, log, end.signal);
  }
  post({ kind: "ended" });
}
