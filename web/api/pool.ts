// /pools: every pool and its use; of one, a map and its rows.

import { Hono } from "hono";
import { formatNetwork, type IpNetwork, parseNetwork } from "../../host-funcs/ip_number.ts";
import type { PoolUse } from "../../host-funcs/leases/pools.ts";
import type { NodeSnapshot } from "../../runtime/query/node_view.ts";
import { type PoolHistory, poolId, type Sample } from "../../runtime/query/pool_history.ts";
import { type HeldState, type Holder, holdersOf, stateOf } from "../../runtime/query/pool_leases.ts";
import {
  blocksOf,
  type Cell,
  cellsOf,
  crumbsOf,
  isSmall,
  type Row,
  rowsOf,
  textOf,
} from "../../runtime/query/pool_map.ts";
import { numberOf } from "../../runtime/query/select_rows.ts";
import type { WebParts } from "../parts.ts";

export interface PoolSummary {
  readonly id: string;
  readonly network: string;
  readonly subnets: string;
  /** Empty: the default store. */
  readonly store: string;
  readonly held: number;
  /** Decimal, as it may be 2^64: addresses that can be given, and those that are not. */
  readonly size: string;
  readonly free: string;
  /** Addresses of its ranges that are never given. */
  readonly reserved: number;
  /** Of `held`: of containers that are gone, and of no attachment at all. Null where these are too many to look at. */
  readonly stale: number | null;
  readonly leaked: number | null;
  /** Until none is left; null while it does not fill, or too little is known. */
  readonly secondsLeft: number | null;
  /** Of the last day, a minute each. */
  readonly history: readonly Sample[];
}

export interface ShownHolder {
  readonly state: HeldState;
  readonly network: string;
  readonly containerId: string;
  readonly ifname: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly mac: string;
  readonly hostInterface: string;
  readonly sinceMs: number;
}

export type ShownCell =
  & { readonly address: string }
  & ({ readonly kind: "held"; readonly holder: ShownHolder } | { readonly kind: "free" } | {
    readonly kind: "reserved";
    readonly why: string;
  });

export interface ShownBlock {
  readonly prefix: string;
  readonly held: number;
  readonly size: string;
}

export type ShownRow =
  | Exclude<ShownCell, { kind: "free" }>
  | { readonly kind: "free"; readonly first: string; readonly last: string; readonly count: string };

export interface PoolAnswer {
  readonly node: string;
  readonly pool: PoolSummary;
  /** Prefix that is shown, the last of those that lead to it, and those of the other ranges. */
  readonly crumbs: readonly string[];
  readonly otherSubnets: readonly string[];
  /** One of the two. */
  readonly cells?: readonly ShownCell[];
  readonly blocks?: readonly ShownBlock[];
  readonly rows: readonly ShownRow[];
  readonly page: number;
  readonly pages: number;
  readonly now: number;
}

/** Looking at more containers' namespaces takes longer than a page may. */
const MOST_LOOKS = 5_000;
const PAGE_ROWS = 256;

export function poolApi({ node, view, pools: history }: WebParts): Hono {
  return new Hono()
    .get("/pools", () => {
      const snapshot = view.snapshot();
      return Response.json(snapshot.pools.map((pool) => summaryOf(snapshot, pool, history)));
    })
    .get("/pools/:id", ({ req }) => {
      const snapshot = view.snapshot();
      const id = req.param("id");
      const pool = snapshot.pools.find((it) => poolId(it) === id);
      if (pool === undefined) {
        return Response.json({ error: `There is no pool ${id}: one begins with its first lease.` }, { status: 404 });
      }
      const query = new URL(req.url).searchParams;
      const shown = shownPrefix(pool, query.get("prefix"));
      const subnets = [...new Map(pool.layout.ranges.map(({ network }) => [formatNetwork(network), network])).values()];
      const subnet = subnets.find(({ first, last }) => first <= shown.first && shown.last <= last)!;
      const holders = holdersOf(snapshot, pool);
      const rows = rowsOf(shown, pool.layout, holders);
      const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
      const page = Math.min(pages, numberOf(query, "page", 1, Infinity));
      const answer: PoolAnswer = {
        node,
        pool: summaryOf(snapshot, pool, history),
        crumbs: crumbsOf(subnet, shown),
        otherSubnets: subnets.filter((it) => it !== subnet).map(formatNetwork),
        ...isSmall(shown)
          ? { cells: cellsOf(shown, pool.layout, holders).map((cell) => shownCell(shown, cell)) }
          : { blocks: blocksOf(shown, pool.layout, holders).map(shownBlock) },
        rows: rows.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS).map((row) => shownRow(shown, row)),
        page,
        pages,
        now: Date.now(),
      };
      return Response.json(answer);
    });
}

export function summaryOf(snapshot: NodeSnapshot, pool: PoolUse, history: PoolHistory): PoolSummary {
  const holders = holdersOf(snapshot, pool);
  const looks = holders.length <= MOST_LOOKS ? holders.map(stateOf) : undefined;
  const secondsLeft = history.secondsLeft(pool);
  const { network, subnets, store, held, size, layout } = pool;
  return {
    id: poolId(pool),
    network,
    subnets,
    store,
    held,
    size: String(size),
    free: String(size - BigInt(held)),
    reserved: layout.ranges.reduce((sum, { reserved }) => sum + reserved.size, 0),
    stale: looks === undefined ? null : looks.filter((it) => it === "stale").length,
    leaked: looks === undefined ? null : looks.filter((it) => it === "leaked").length,
    secondsLeft: Number.isFinite(secondsLeft) ? secondsLeft : null,
    history: history.samples(pool),
  };
}

/** @throws {RangeError} where it is no part of the pool */
function shownPrefix({ layout }: PoolUse, asked: string | null): IpNetwork {
  if (asked === null || asked === "") return layout.ranges[0]!.network;
  const network = parseNetwork(asked);
  const isPart = network !== undefined &&
    layout.ranges.some(({ network: whole }) =>
      whole.family === network.family && whole.first <= network.first && network.last <= whole.last
    );
  if (!isPart) throw new RangeError("prefix must be a part of the pool's subnet, in CIDR notation");
  return network;
}

function shownCell(network: IpNetwork, cell: Cell): ShownCell {
  if (cell.kind === "held") return heldCell(network, cell.holder);
  const address = textOf(network, cell.number);
  return cell.kind === "free" ? { address, kind: "free" } : { address, kind: "reserved", why: cell.why };
}

function heldCell(network: IpNetwork, holder: Holder): Extract<ShownCell, { kind: "held" }> {
  const { lease: { network: name, containerId, ifname, podNamespace, podName, sinceMs }, attachment } = holder;
  return {
    address: textOf(network, holder.number),
    kind: "held",
    holder: {
      state: stateOf(holder),
      network: name,
      containerId,
      ifname,
      podNamespace,
      podName,
      mac: attachment?.mac ?? "",
      hostInterface: attachment?.hostInterface ?? "",
      sinceMs,
    },
  };
}

function shownBlock({ network, held, size }: ReturnType<typeof blocksOf>[number]): ShownBlock {
  return { prefix: formatNetwork(network), held: held.length, size: String(size) };
}

function shownRow(network: IpNetwork, row: Row): ShownRow {
  if (row.kind === "held") return heldCell(network, row.holder);
  if (row.kind === "reserved") return { address: textOf(network, row.number), kind: "reserved", why: row.why };
  const [first, last] = [textOf(network, row.first), textOf(network, row.last)];
  return { kind: "free", first, last, count: String(row.last - row.first + 1n) };
}
