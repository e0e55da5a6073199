// Whether the kernel has just what a table is to have.

import type { Chain } from "cnidaria:cni/nftables@0.3.0";
import { ENOENT, isErrno } from "../../../sys/errno.ts";
import type { NetlinkSocket } from "../../../sys/netlink_socket.ts";
import type { TableContent } from "../ruleset.ts";
import { hasElements } from "./element_listing.ts";
import { hookText, listChains, listCounters, listRules, listSets, setText, tableFlags } from "./listing.ts";
import { hookNumbers, keyType, setFlags, type Table, verdictCodes } from "./messages.ts";
import { digestsOf } from "./user_data.ts";

/** @throws {KernelError} */
export function isInKernel(socket: NetlinkSocket, table: Table, content: TableContent): boolean {
  try {
    return tableFlags(socket, table) === 0 && hasObjects(socket, table, content) &&
      [...content.sets.values()].every((set) => hasElements(socket, table, set));
  } catch (error) {
    // The table, or a set of it, is gone.
    if (isErrno(error, ENOENT)) return false;
    throw error;
  }
}

function hasObjects(socket: NetlinkSocket, table: Table, { sets, chains, counters }: TableContent): boolean {
  const wanted = [...chains.values()];
  const withRules = wanted.filter(({ rules }) => rules.length > 0);
  return isSame(
    listSets(socket, table),
    [...sets.values()].map((set) => [set.name, setText(keyType(set), setFlags(set))]),
  ) && isSame(listChains(socket, table), wanted.map((chain) => [chain.name, hookOf(chain)])) &&
    isSame(listRules(socket, table), withRules.map((chain) => [chain.name, digestsOf(chain)])) &&
    isSame(
      new Map([...listCounters(socket, table).keys()].map((name) => [name, ""])),
      [...counters].map((name) => [name, ""]),
    );
}

function isSame(present: ReadonlyMap<string, string>, wanted: readonly (readonly [string, string])[]): boolean {
  return present.size === wanted.length && wanted.every(([name, value]) => present.get(name) === value);
}

function hookOf({ base }: Chain): string {
  return base === undefined ? "" : hookText("filter", hookNumbers[base.hook], base.priority, verdictCodes.accept);
}
