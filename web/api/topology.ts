// /topology and /path: what is connected to what, and the way of a packet between two ends.

import { Hono } from "hono";
import type { PeerState, PeerStatus } from "../../runtime/cluster/peers.ts";
import type { ClusterStatus } from "../../runtime/cluster/status.ts";
import type { AttachmentRow } from "../../runtime/query/attachment_rows.ts";
import type { NodeSnapshot } from "../../runtime/query/node_view.ts";
import { type Hop, packetPath } from "../../runtime/query/packet_path.ts";
import { type Columns, selectRows } from "../../runtime/query/select_rows.ts";
import { bridgeGroups, peerCounts } from "../../runtime/query/topology.ts";
import type { WebParts } from "../parts.ts";

/** What is told at most: of the rest there are counts, and pages. */
const MOST_BRIDGES = 50;
const MOST_PODS_SHOWN = 250;
const MOST_PODS_OF_BRIDGE = 20;
const PEERS_OF_PAGE = 25;
const MOST_SUGGESTIONS = 50;

/** An end on this node, as a tree shows it. */
export type TopologyPod = Pick<
  AttachmentRow,
  "network" | "containerId" | "ifname" | "podNamespace" | "podName" | "addresses" | "hostInterface"
>;

export interface TopologyBridge {
  /** Empty for pods that the node routes to, without a bridge. */
  readonly bridge: string;
  readonly networks: readonly string[];
  /** Of all its attachments. */
  readonly count: number;
  /** The first of them. */
  readonly pods: readonly TopologyPod[];
}

/** Without the peers, which are paged. */
export interface TopologyOverlay extends Omit<ClusterStatus, "peers"> {
  readonly counts: Readonly<Record<PeerState, number>>;
  readonly total: number;
  readonly matched: number;
  readonly page: number;
  readonly pages: number;
  readonly peers: readonly PeerStatus[];
}

export interface PathAnswer {
  readonly source: string;
  readonly destination: string;
  readonly hops: readonly Hop[];
  /** Sentences. */
  readonly notes: readonly string[];
}

export interface TopologyAnswer {
  readonly node: string;
  readonly attachments: number;
  /** Of all bridges, and the group without one. */
  readonly bridgeCount: number;
  readonly bridges: readonly TopologyBridge[];
  /** `none`: the agent runs none; `silent`: its thread does not answer. */
  readonly overlay: TopologyOverlay | "none" | "silent";
  /** What may be meant by what was typed. */
  readonly suggestions: readonly string[];
  /** Where two ends were asked about; `error` is a sentence. */
  readonly path?: PathAnswer | { readonly error: string } | undefined;
}

const PEER_COLUMNS: Columns<PeerStatus> = {
  peer: { text: ({ name, subnet, publicIp }) => `${name} ${subnet} ${publicIp}` },
  state: { text: ({ state }) => state },
};

export function topologyApi({ node, view, cluster }: WebParts): Hono {
  const pathOf = (from: string, to: string, { attachments }: NodeSnapshot, status: ClusterStatus | undefined) => {
    const { families = [], peers = [] } = status ?? {};
    const { leavesFrom, notes, ...path } = packetPath(from, to, { node, attachments, families, peers });
    const leaving = leavesFrom === undefined ? [] : [masqueradeNote(masquerades(leavesFrom))];
    return { ...path, notes: [...notes, ...leaving] };
  };
  const masquerades = ({ network, containerId, ifname }: AttachmentRow) =>
    view.read((database) =>
      database.all(
        "SELECT config ->> '$.ipMasq' AS masq FROM attachments WHERE network = ? AND container_id = ? AND ifname = ?",
        network,
        containerId,
        ifname,
      ).some(({ masq }) => Number(masq) === 1), false);
  return new Hono()
    .get("/topology", async ({ req }) => {
      const query = new URL(req.url).searchParams;
      const [snapshot, status] = [view.snapshot(), await cluster()];
      const [from, to] = [query.get("from")?.trim() ?? "", query.get("to")?.trim() ?? ""];
      const known = typeof status === "string" ? undefined : status;
      const answer: TopologyAnswer = {
        node,
        attachments: snapshot.attachments.length,
        ...bridgesOf(snapshot.attachments),
        overlay: known === undefined ? status as "none" | "silent" : overlayOf(known, query),
        suggestions: suggestionsFor([from, to], snapshot.attachments),
        ...from !== "" && to !== "" && { path: sentenceOr(() => pathOf(from, to, snapshot, known)) },
      };
      return Response.json(answer);
    })
    .get("/path", async ({ req }) => {
      const [from, to] = [req.query("from")?.trim() ?? "", req.query("to")?.trim() ?? ""];
      if (from === "" || to === "") {
        throw new RangeError("A path needs from and to: NAMESPACE/POD, or an address, each");
      }
      const status = await cluster();
      const answer: PathAnswer = pathOf(from, to, view.snapshot(), typeof status === "string" ? undefined : status);
      return Response.json(answer);
    });
}

/** A page shows who is not known in its place; the rest of it stays. */
function sentenceOr(path: () => PathAnswer): PathAnswer | { readonly error: string } {
  try {
    return path();
  } catch (error) {
    if (error instanceof RangeError) return { error: `${error.message}.` };
    throw error;
  }
}

function masqueradeNote(isMasqueraded: boolean): string {
  return isMasqueraded
    ? "The node gives it an address of its own as the source: the network is masqueraded (ipMasq)."
    : "It keeps the pod's address as its source: its network is not masqueraded (ipMasq) by these plugins.";
}

function bridgesOf(attachments: readonly AttachmentRow[]): Pick<TopologyAnswer, "bridgeCount" | "bridges"> {
  const groups = bridgeGroups(attachments);
  const shown = groups.length <= MOST_BRIDGES
    ? groups
    : [...groups].sort((one, other) => other.attachments.length - one.attachments.length).slice(0, MOST_BRIDGES);
  const each = Math.max(1, Math.min(MOST_PODS_OF_BRIDGE, Math.floor(MOST_PODS_SHOWN / shown.length)));
  return {
    bridgeCount: groups.length,
    bridges: shown.map(({ bridge, networks, attachments: rows }) => ({
      bridge,
      networks: networks.slice(0, 8),
      count: rows.length,
      pods: rows.slice(0, each).map((
        { network, containerId, ifname, podNamespace, podName, addresses, hostInterface },
      ) => ({ network, containerId, ifname, podNamespace, podName, addresses, hostInterface })),
    })),
  };
}

function overlayOf(status: ClusterStatus, query: URLSearchParams): TopologyOverlay {
  const asked = new URLSearchParams({ size: String(PEERS_OF_PAGE) });
  for (const name of ["peer", "state", "page"]) asked.set(name, query.get(name) ?? "");
  const { rows, ...found } = selectRows(status.peers, PEER_COLUMNS, asked);
  return { ...status, ...found, counts: peerCounts(status), peers: rows };
}

/** Names of pods that have what was typed in them; where nothing was typed, the first. */
function suggestionsFor(typed: readonly string[], attachments: readonly AttachmentRow[]): string[] {
  const found = new Set<string>();
  const share = MOST_SUGGESTIONS / typed.length;
  for (const [at, text] of typed.entries()) {
    for (const { podNamespace, podName, containerId } of attachments) {
      if (found.size >= share * (at + 1)) break;
      const name = podName === "" ? containerId.slice(0, 12) : `${podNamespace}/${podName}`;
      if (name.includes(text)) found.add(name);
    }
  }
  return [...found];
}
