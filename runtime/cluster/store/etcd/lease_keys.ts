// The keys of leases: read, and changed by transactions that fail where somebody else was faster.

import { CompareResult, CompareTarget, type ICompare, type IKeyValue, Range } from "etcd3";
import { Buffer } from "node:buffer";
import type { EtcdConnection } from "./connection.ts";
import { leasesPrefix } from "./layout.ts";

/** A lease's key and value. */
export interface LeaseKey {
  /** The last part of the key. */
  readonly name: string;
  readonly value: string;
  /** Of the key's last change. */
  readonly revision: string;
  /** Id of the etcd lease that ends it; `"0"`: it does not end (a reservation, in Flannel's words). */
  readonly leaseId: string;
}

export interface LeaseList {
  readonly keys: readonly LeaseKey[];
  /** The store's, when it was read. */
  readonly revision: bigint;
  /** The cluster's id. */
  readonly cluster: string;
}

export class LeaseKeys {
  readonly range: Range;
  readonly #prefix: string;

  constructor(private readonly connection: EtcdConnection, prefix: string) {
    this.#prefix = leasesPrefix(prefix);
    this.range = Range.prefix(this.#prefix);
  }

  async list(signal?: AbortSignal): Promise<LeaseList> {
    const request = { key: this.range.start, range_end: this.range.end };
    const { kvs, header } = await this.connection.call(
      "read the leases",
      ({ kv }) => kv.range(request),
      signal,
    );
    return { keys: kvs.map((kv) => this.read(kv)), revision: BigInt(header.revision), cluster: header.cluster_id };
  }

  async get(name: string, signal?: AbortSignal): Promise<LeaseKey | undefined> {
    const request = { key: this.#key(name) };
    const { kvs: [kv] } = await this.connection.call("read a lease", (client) => client.kv.range(request), signal);
    return kv && this.read(kv);
  }

  /** @returns the id of an etcd lease, and when it ends: milliseconds since the epoch */
  async grant(seconds: number, signal?: AbortSignal): Promise<{ readonly id: string; readonly expiresAt: number }> {
    const { ID, TTL } = await this.connection.call(
      "get a lease",
      ({ leaseClient }) => leaseClient.leaseGrant({ TTL: seconds }),
      signal,
    );
    return { id: ID, expiresAt: Date.now() + Number(TTL) * 1000 };
  }

  /** Ends an etcd lease that holds nothing of use. If that fails it ends by time. */
  async revoke(id: string): Promise<void> {
    await this.connection.call("end a lease", ({ leaseClient }) => leaseClient.leaseRevoke({ ID: id })).catch(() => {});
  }

  /**
   * Makes a key, if it is not there.
   *
   * @param unchangedSince a revision: no lease may have been made after it, whatever its key
   * @returns the key's revision; undefined where somebody was faster
   */
  create(
    name: string,
    value: string,
    leaseId: string,
    unchangedSince: bigint | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const compare: ICompare[] = [
      { key: this.#key(name), target: CompareTarget.Create, result: CompareResult.Equal, create_revision: "0" },
    ];
    if (unchangedSince !== undefined) {
      compare.push({
        key: this.range.start as Buffer,
        range_end: this.range.end as Buffer,
        target: CompareTarget.Create,
        result: CompareResult.Less,
        create_revision: String(unchangedSince + 1n),
      });
    }
    return this.#write(name, value, leaseId, compare, signal);
  }

  /** Writes a key, if it is what was read. @returns its new revision; undefined where somebody was faster */
  replace(
    { name, revision }: LeaseKey,
    value: string,
    leaseId: string,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    return this.#write(name, value, leaseId, [this.#unchanged(name, revision)], signal);
  }

  /** Removes a key, if it is what was read. */
  async remove({ name, revision }: LeaseKey, signal?: AbortSignal): Promise<void> {
    const success = [{ request_delete_range: { key: this.#key(name) } }];
    const compare = [this.#unchanged(name, revision)];
    await this.connection.call("remove a lease", ({ kv }) => kv.txn({ compare, success }), signal);
  }

  read({ key, value, mod_revision, lease }: IKeyValue): LeaseKey {
    return {
      name: key.toString().slice(this.#prefix.length),
      value: value.toString(),
      revision: mod_revision,
      leaseId: lease,
    };
  }

  async #write(
    name: string,
    value: string,
    lease: string,
    compare: ICompare[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const success = [{ request_put: { key: this.#key(name), value: Buffer.from(value), lease } }];
    const { succeeded, header } = await this.connection.call(
      "write a lease",
      ({ kv }) => kv.txn({ compare, success }),
      signal,
    );
    return succeeded ? header.revision : undefined;
  }

  #unchanged(name: string, revision: string): ICompare {
    return { key: this.#key(name), target: CompareTarget.Mod, result: CompareResult.Equal, mod_revision: revision };
  }

  #key(name: string): Buffer {
    return Buffer.from(this.#prefix + name);
  }
}
