// loopback: brings up lo in the container. CNI_IFNAME doesn't matter: there is one loopback interface.

import * as addresses from "cnidaria:cni/addresses@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";
import {
  addressOf,
  attempt,
  CniError,
  contains,
  definePlugin,
  emptyResult,
  ErrorCodes,
  familyOf,
  parseObject,
  unlessHostError,
} from "../sdk/mod.ts";

const NO_MAC = "00:00:00:00:00:00";

export const cni = definePlugin({
  add(at, text) {
    parseObject(text);
    attempt("bring up lo in the container", () => links.set("container", "lo", { up: true }));
    const present = attempt("read the addresses of lo", () => addresses.list("container", "lo"));
    refuseOthers(present);
    return at.prevResult ?? loopbackResult(present);
  },

  check(at) {
    const { up } = attempt("read lo in the container", () => links.get("container", "lo"));
    if (!up) throw new CniError(ErrorCodes.checkFailed, `Interface lo of container ${at.containerId} is down`);
  },

  del(at: Attachment) {
    if (!at.hasNetns) return;
    attempt("bring down lo in the container", () => {
      unlessHostError(["not-found"], () => links.set("container", "lo", { up: false }));
    });
  },

  status(_network, text) {
    parseObject(text);
  },
});

/** The first address of each family, which the kernel gives to lo when it comes up. */
function loopbackResult(present: readonly string[]): CniResult {
  const result = emptyResult();
  result.interfaces.push({ name: "lo", mac: NO_MAC, sandbox: { tag: "container" } });
  for (const family of [4, 6] as const) {
    const first = present.find((cidr) => familyOf(cidr) === family);
    if (first !== undefined) result.ips.push({ address: first, interface: 0 });
  }
  return result;
}

/** Someone else's address on lo would be lost at DEL. */
function refuseOthers(present: readonly string[]): void {
  const other = present.find((cidr) =>
    familyOf(cidr) === 4 ? !contains("127.0.0.0/8", addressOf(cidr)) : addressOf(cidr) !== "::1"
  );
  if (other === undefined) return;
  throw new CniError(
    ErrorCodes.io,
    `Cannot use lo of the container as it has an address that is no loopback address: ${other}`,
  );
}
