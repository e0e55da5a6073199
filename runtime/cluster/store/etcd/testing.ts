// For tests of the etcd store: a server with a network's configuration, stores of several nodes, etcd's own client.

import { Etcd3 } from "etcd3";
import { Etcd, etcdMissing } from "../../../../test/lab/etcd.ts";
import { BackOff } from "../back_off.ts";
import type { ClusterNode, OwnLease } from "../store.ts";
import { DEFAULT_PREFIX } from "./layout.ts";
import { EtcdStore, type EtcdTimes } from "./etcd_store.ts";
import type { EtcdOptions } from "./connection.ts";

export const VXLAN = { Network: "10.5.0.0/16", Backend: { Type: "vxlan" } };
export const DUAL = { ...VXLAN, EnableIPv6: true, IPv6Network: "fd00:5::/48" };

/** Name and `ignore` of a test that needs etcd; the name carries the reason for which it is skipped. */
export function etcdTest(name: string): { name: string; ignore: boolean } {
  const why = etcdMissing();
  return why === undefined ? { name, ignore: false } : { name: `${name} (skipped: ${why})`, ignore: true };
}

/** An etcd that holds a network. */
export class EtcdSite implements AsyncDisposable {
  readonly #stores: EtcdStore[] = [];
  /** Etcd's client, for what other programs do. */
  client: Etcd3;

  private constructor(readonly server: Etcd, private readonly directory: string) {
    this.client = new Etcd3({ hosts: server.endpoint });
  }

  static async create(network: unknown = VXLAN): Promise<EtcdSite> {
    const directory = await Deno.makeTempDir({ prefix: "etcd-" });
    const site = new EtcdSite(await Etcd.start({ directory, listen: `127.0.0.1:${freePort()}` }), directory);
    await site.put("config", JSON.stringify(network));
    return site;
  }

  /** Takes all of etcd's data while it is down. */
  async wipe(): Promise<void> {
    await Deno.remove(`${this.directory}/data`, { recursive: true });
  }

  /** The store of one node. */
  store(times: EtcdTimes = {}, options: Partial<EtcdOptions> = {}): EtcdStore {
    const store = new EtcdStore(
      { endpoints: [this.server.endpoint], prefix: DEFAULT_PREFIX, callMs: 2_000, ...options },
      { backOff: new BackOff(50, 400), ...times },
    );
    this.#stores.push(store);
    return store;
  }

  async put(key: string, value: string): Promise<void> {
    await this.client.put(`${DEFAULT_PREFIX}/${key}`).value(value);
  }

  async get(key: string): Promise<string | null> {
    return await this.client.get(`${DEFAULT_PREFIX}/${key}`).string();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store[Symbol.asyncDispose]();
    this.client.close();
    await this.server[Symbol.asyncDispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** What a node publishes for a lease. */
export function published(own: OwnLease, publicIp: string, mac = "02:00:00:00:00:01"): ClusterNode {
  const backendData = JSON.stringify({ VNI: 1, VtepMAC: mac });
  return {
    name: own.name,
    backendType: "vxlan",
    ...own.ipv4 && { ipv4: { subnet: own.ipv4, publicIp, backendData } },
    ...own.ipv6 && { ipv6: { subnet: own.ipv6, publicIp: "2001:db8::1", backendData } },
  };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
