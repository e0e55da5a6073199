// `cnidaria status`: how the overlay of this node's agent is.

import type { ClusterStatus, FamilyStatus } from "../../cluster/status.ts";
import { askAgent } from "../ask_agent.ts";
import { type Output, printable, sectionLines, table } from "../output.ts";
import { PROGRAM_VERSION } from "../../program_version.ts";

/** @returns the exit code: 1 where something is not as it should be */
export async function status(
  options: { readonly http: string; readonly line: boolean; readonly json?: boolean },
  output: Output,
): Promise<number> {
  const found = await askAgent<ClusterStatus>(
    options.http,
    "/cluster",
    "runs no overlay: start it with --cluster FILE",
  );
  if (options.json === true) output.json(found);
  else if (options.line) output.line(printable(statusLine(found, PROGRAM_VERSION)));
  else for (const line of statusLines(found, Date.now())) output.line(line);
  return isWell(found) ? 0 : 1;
}

function isWell({ waitsFor, store, peers }: ClusterStatus): boolean {
  return waitsFor === undefined && store.unreachable === undefined && peers.every(({ state }) => state === "connected");
}

/** For people. @param now milliseconds since the epoch */
export function statusLines(found: ClusterStatus, now: number): string[] {
  const { store, families, peers } = found;
  const lines = [
    ...sectionLines("node", [found.node, ...found.waitsFor === undefined ? [] : [`waits: ${found.waitsFor}`]]),
    ...sectionLines("store", [
      `${store.kind} ${store.where}`,
      store.unreachable === undefined ? "reachable" : `unreachable: ${store.unreachable}`,
    ]),
    ...sectionLines("backend", [found.backend ?? "none yet"]),
    ...sectionLines("subnets", families.map(familyLine)),
    ...sectionLines("lease", [leaseLine(found.leaseExpiresAt, now)]),
    ...sectionLines("repairs", [`${found.repairs}, of ${found.repaired} things`]),
    "",
  ];
  if (peers.length === 0) return [...lines, "no other nodes"];
  const rows = [...peers].sort((a, b) => a.name < b.name ? -1 : 1).map(({ name, subnet, publicIp, state, why }) =>
    [name, subnet, publicIp, state, why ?? ""].map(printable)
  );
  return [...lines, ...table(["PEER", "SUBNET", "ADDRESS", "STATE", "WHY"], rows)];
}

/** One line that can be pasted into an issue: no addresses of the node but its subnets. */
export function statusLine(found: ClusterStatus, version: string): string {
  const counts = (state: string) => found.peers.filter((peer) => peer.state === state).length;
  const subnets = found.families.map(({ subnet, podMtu }) => `${subnet} mtu ${podMtu}`).join(", ");
  const store = found.store.unreachable === undefined ? "reachable" : "unreachable";
  return `cnidaria ${version}: ${found.backend ?? "no backend"}, ${
    subnets || "no subnet"
  }, ${found.store.kind} ${store}, ` +
    `peers ${counts("connected")} connected, ${counts("ignored")} ignored, ${counts("failed")} failed, ` +
    `${found.repairs} repairs${found.waitsFor === undefined ? "" : `, waits: ${found.waitsFor}`}`;
}

function familyLine({ subnet, publicIp, underlay, device, podMtu }: FamilyStatus): string {
  return `${subnet} by ${device === undefined ? "" : `${device} over `}${underlay} (${publicIp}), pods' MTU ${podMtu}`;
}

function leaseLine(expiresAt: number | undefined, now: number): string {
  if (expiresAt === undefined) return "does not end by time";
  const minutes = Math.round((expiresAt - now) / 60_000);
  return minutes >= 0 ? `ends in ${minutes} minutes, if it is not renewed` : `ended ${-minutes} minutes ago`;
}
