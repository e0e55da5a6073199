// Results of ADD, kept for CHECK and DEL, in the files and the form of libcni (kind cniCacheV1): what `cnitool` or
// containerd has added, `cnidaria exec` can delete, and the other way round.

import { writeAtomically } from "../../atomic_file.ts";
import { isObject } from "./network_list.ts";

/** What is kept of an attachment. */
export interface CachedAttachment {
  readonly network: string;
  readonly containerId: string;
  readonly ifname: string;
  readonly netns: string;
  /** CNI_ARGS. */
  readonly args: string;
  readonly capabilityArgs: Record<string, unknown>;
  /** Text of the configuration list. */
  readonly config: string;
  readonly result: unknown;
}

type Key = Pick<CachedAttachment, "network" | "containerId" | "ifname">;

export class ResultCache {
  /** @param dir libcni's is /var/lib/cni */
  constructor(private readonly dir: string) {}

  async put(attachment: CachedAttachment): Promise<void> {
    await Deno.mkdir(`${this.dir}/results`, { recursive: true, mode: 0o700 });
    const json = {
      kind: "cniCacheV1",
      containerId: attachment.containerId,
      config: new TextEncoder().encode(attachment.config).toBase64(),
      ifName: attachment.ifname,
      networkName: attachment.network,
      netns: attachment.netns,
      cniArgs: attachment.args.split(";").filter((pair) => pair !== "").map((pair) => pair.split(/=(.*)/s, 2)),
      capabilityArgs: attachment.capabilityArgs,
      result: attachment.result,
    };
    await writeAtomically(this.#path(attachment), JSON.stringify(json), 0o600);
  }

  /** The result; undefined where nothing is kept. */
  async get(key: Key): Promise<unknown> {
    try {
      const json: unknown = JSON.parse(await Deno.readTextFile(this.#path(key)));
      return isObject(json) && json.kind === "cniCacheV1" ? json.result : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async remove(key: Key): Promise<void> {
    await Deno.remove(this.#path(key)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  #path({ network, containerId, ifname }: Key): string {
    return `${this.dir}/results/${network}-${containerId}-${ifname}`;
  }
}
