// A folder as the store, for tests and for sites that share one or are configured by hand:
//
//     network.json          net-conf.json
//     nodes/<name>.json     what a node has; each writes its own
//     subnets/10.5.34.0-24  who has that subnet
//
// A site without a shared folder has all files on each node, written beforehand with what each node would publish.

import { writeAtomically } from "../../../atomic_file.ts";
import { type NetworkConfig, type NetworkRange, parseNetworkConfig } from "../../network_config.ts";
import { chooseSubnet, fits, overlap } from "../allocate.ts";
import type { NodeEntry } from "../node_entry.ts";
import {
  type ClusterNode,
  type LeaseRequest,
  type OwnLease,
  type Store,
  StoreError,
  type StoreErrorKind,
  type StoreEvent,
} from "../store.ts";
import { Claims } from "./claims.ts";
import { FileChanges } from "./file_changes.ts";
import { isNodeName, nodeFileText } from "./node_file.ts";
import { changes, readNodes, withEarlier } from "./node_folder.ts";

/** Milliseconds between two looks at a folder that sends no notifications. */
const POLL_MS = 5_000;

export class StaticStore implements Store {
  readonly kind = "static";
  readonly where: string;
  readonly #claims: Claims;
  readonly #nodes: string;

  /** @param directory its path */
  constructor(directory: string, private readonly pollMs = POLL_MS) {
    this.where = directory;
    this.#claims = new Claims(`${directory}/subnets`);
    this.#nodes = `${directory}/nodes`;
  }

  async network(): Promise<NetworkConfig> {
    const path = `${this.where}/network.json`;
    try {
      return parseNetworkConfig(await Deno.readTextFile(path), path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw toStoreError(error, `read ${path}`);
      throw new StoreError(
        "invalid",
        `Cannot read the network's configuration as there is none; write Flannel's net-conf.json to ${path}`,
      );
    }
  }

  async acquire(request: LeaseRequest, network: NetworkConfig, signal: AbortSignal): Promise<OwnLease> {
    const { node } = request;
    if (!isNodeName(node)) {
      throw new StoreError("invalid", `Cannot use "${node}" as this node's name as it can't be a file's name`);
    }
    try {
      await Deno.mkdir(this.#nodes, { recursive: true });
      await Deno.mkdir(`${this.where}/subnets`, { recursive: true });
      const subnets: { ipv4?: string; ipv6?: string } = {};
      for (const family of ["ipv4", "ipv6"] as const) {
        const range = network[family];
        if (range !== undefined) subnets[family] = await this.#take(request, family, range, signal);
      }
      const kept: unknown[] = Object.values(subnets);
      for (const [subnet, holder] of await this.#claims.all()) {
        if (holder === node && !kept.includes(subnet)) await this.#claims.release(subnet);
      }
      return { name: node, ...subnets };
    } catch (error) {
      throw toStoreError(error, `take a subnet in ${this.where}`);
    }
  }

  async publish(own: OwnLease, node: ClusterNode): Promise<OwnLease> {
    try {
      for (const subnet of [own.ipv4, own.ipv6]) {
        if (subnet === undefined) continue;
        const holder = await this.#claims.take(subnet, own.name);
        if (holder !== own.name) throw taken(own.name, subnet, holder, "lost");
      }
      const path = `${this.#nodes}/${own.name}.json`;
      const text = nodeFileText(node);
      if (await textOf(path) !== text) await writeAtomically(path, text, 0o644);
      return own;
    } catch (error) {
      throw toStoreError(error, `publish what node "${own.name}" has in ${this.where}`);
    }
  }

  renew(own: OwnLease, node: ClusterNode): Promise<OwnLease> {
    return this.publish(own, node);
  }

  async *watch(signal: AbortSignal): AsyncGenerator<StoreEvent> {
    using looks = new FileChanges(this.#nodes, this.pollMs);
    let known: ReadonlyMap<string, NodeEntry> | undefined;
    let told: string | undefined;
    while (!signal.aborted) {
      let why: string | undefined;
      try {
        // Without it, this is no store: a shared folder that is not mounted looks as if all nodes had gone.
        await Deno.stat(`${this.where}/network.json`);
        const reading = await readNodes(this.#nodes);
        const now = withEarlier(reading, known ?? new Map());
        yield* changes(known, now);
        known = now;
        [why] = reading.broken.values();
      } catch (error) {
        why = `Cannot read the store ${this.where} as ${(error as Error).message}; what was known stays as it is`;
      }
      if (why !== undefined && why !== told) yield { kind: "unreachable", why };
      if (why === undefined && told !== undefined) yield { kind: "reachable" };
      told = why;
      await looks.next(signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #take(
    { node, earlier }: LeaseRequest,
    family: "ipv4" | "ipv6",
    range: NetworkRange,
    signal: AbortSignal,
  ): Promise<string> {
    const { entries } = await readNodes(this.#nodes);
    const entry = entries.get(node);
    const written = entry?.kind === "node" ? entry.node[family]?.subnet : undefined;
    for (;;) {
      signal.throwIfAborted();
      const claims = await this.#claims.all();
      if (written !== undefined && fits(range, written)) {
        const holder = await this.#claims.take(written, node);
        if (holder === node) return written;
        throw taken(node, written, holder, "conflict");
      }
      const others = [...entries.values()].flatMap((other) =>
        other.kind === "node" && other.node.name !== node ? [other.node[family]?.subnet ?? ""] : []
      );
      const used = [...others, ...[...claims].filter(([, holder]) => holder !== node).map(([subnet]) => subnet)];
      const mine = [...claims].filter(([, holder]) => holder === node).map(([subnet]) => subnet);
      const wanted = [...mine, ...earlier].find((subnet) =>
        fits(range, subnet) && !used.some((other) => overlap(other, subnet))
      );
      const subnet = wanted ?? chooseSubnet(range, used);
      if (subnet === undefined) {
        throw new StoreError("exhausted", `Cannot take a subnet of ${range.network} as none is free in ${this.where}`);
      }
      if (await this.#claims.take(subnet, node) === node) return subnet;
    }
  }
}

function taken(node: string, subnet: string, holder: string, kind: "conflict" | "lost"): StoreError {
  return new StoreError(kind, `Cannot give subnet ${subnet} to node "${node}" as node "${holder}" has it`);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The sentence for what the file system refused. */
function toStoreError(error: unknown, what: string): unknown {
  let kind: StoreErrorKind | undefined;
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) kind = "refused";
  else if (error instanceof Deno.errors.NotFound || isSystemError(error)) kind = "unreachable";
  if (kind === undefined) return error;
  return new StoreError(kind, `Cannot ${what} as ${(error as Error).message}`, { cause: error });
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && ("code" in error || error.message.startsWith("Cannot write file"));
}
