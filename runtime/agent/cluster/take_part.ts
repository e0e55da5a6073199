// The thread's own side: this node takes part in the network until the agent ends.

import { Member, type MemberLog } from "../../cluster/member.ts";
import { runMember } from "../../cluster/run.ts";
import { openParts } from "../../cluster/open_parts.ts";
import type { ClusterStart, FromCluster, ToCluster } from "./messages.ts";

/**
 * Takes part.
 *
 * @param post to the agent
 * @param listen for what the agent says
 * @returns when the agent has said that it ends: links, routes and the lease stay
 */
export async function takePart(
  { options }: ClusterStart,
  post: (message: FromCluster) => void,
  listen: (heard: (message: ToCluster) => void) => void,
): Promise<void> {
  const end = new AbortController();
  const log: MemberLog = {
    line: (level, message, fields = {}) => post({ kind: "line", level, message, fields }),
  };
  await using parts = await openParts(options, log);
  const member = new Member(parts, options, log);
  listen((message) => {
    if (message.kind === "status") post({ kind: "status", status: member.status() });
    else end.abort();
  });
  await runMember(member, parts.kernel, options, log, end.signal);
  post({ kind: "ended" });
}
