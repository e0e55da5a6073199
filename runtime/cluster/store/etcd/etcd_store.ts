// etcd v3 as the store, in Flannel's layout: its nodes and ours can share one network.

import { type NetworkConfig, parseNetworkConfig } from "../../network_config.ts";
import {
  type ClusterNode,
  type LeaseRequest,
  type OwnLease,
  type Store,
  StoreError,
  type StoreEvent,
} from "../store.ts";
import { EtcdConnection, type EtcdOptions } from "./connection.ts";
import { configKey } from "./layout.ts";
import { LeaseKeys } from "./lease_keys.ts";
import { OwnLeases } from "./own_lease.ts";
import { watchNodes, type WatchTimes } from "./watch.ts";
import { Buffer } from "node:buffer";

/** What tests make shorter. */
export interface EtcdTimes extends WatchTimes {
  /** Seconds of a lease. */
  readonly leaseSeconds?: number;
}

export class EtcdStore implements Store {
  readonly kind = "etcd";
  readonly where: string;
  readonly #connection: EtcdConnection;
  readonly #keys: LeaseKeys;
  readonly #own: OwnLeases;

  constructor(private readonly options: EtcdOptions, private readonly times: EtcdTimes = {}) {
    this.#connection = new EtcdConnection(options);
    this.where = this.#connection.where;
    this.#keys = new LeaseKeys(this.#connection, options.prefix);
    this.#own = new OwnLeases(this.#keys, times.leaseSeconds);
  }

  async network(signal: AbortSignal): Promise<NetworkConfig> {
    const key = configKey(this.options.prefix);
    const { kvs: [kv] } = await this.#connection.call(
      "read the network's configuration",
      (client) => client.kv.range({ key: Buffer.from(key) }),
      signal,
    );
    if (kv !== undefined) return parseNetworkConfig(kv.value.toString(), `${key} in etcd at ${this.where}`);
    throw new StoreError(
      "invalid",
      `Cannot read the network's configuration as etcd at ${this.where} has no key ${key}; put Flannel's net-conf.json there: etcdctl put ${key} '{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}'`,
    );
  }

  acquire(request: LeaseRequest, network: NetworkConfig, signal: AbortSignal): Promise<OwnLease> {
    return this.#own.acquire(request, network, signal);
  }

  publish(own: OwnLease, node: ClusterNode, signal: AbortSignal): Promise<OwnLease> {
    return this.#own.write(own, node, false, signal);
  }

  renew(own: OwnLease, node: ClusterNode, signal: AbortSignal): Promise<OwnLease> {
    return this.#own.write(own, node, true, signal);
  }

  reconnect(): void {
    this.#connection.reset();
  }

  watch(signal: AbortSignal): AsyncIterable<StoreEvent> {
    return watchNodes(this.#connection, this.#keys, signal, this.times);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#connection.reset();
    return Promise.resolve();
  }
}
