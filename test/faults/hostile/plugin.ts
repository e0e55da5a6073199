// A plugin that leases an address, makes a veth pair, gives it the address, and then misbehaves in the way that the
// configuration's key `misbehave` names. It does without the SDK, which would make an error of whatever is thrown.

import * as addresses from "cnidaria:cni/addresses@0.3.0";
import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import * as log from "cnidaria:cni/log@0.3.0";
import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";

const LONG = 200_000;

function loop(): never {
  for (let i = 0;; i++);
}

function hoard(): never {
  const pieces: Uint8Array[] = [];
  for (;;) pieces.push(new Uint8Array(65536));
}

function recurse(depth: number): number {
  return 1 + recurse(depth + 1);
}

function flood(call: () => void): never {
  for (;;) {
    try {
      call();
    } catch {
      // It goes on, whatever the host says.
    }
  }
}

/** The result that `misbehave` makes of the good one. */
const WAYS: Record<string, (at: Attachment, result: CniResult) => CniResult> = {
  nothing: (_, result) => result,
  loop,
  hoard,
  recurse: (_, result) => (recurse(0), result),
  flood: (at) => flood(() => links.get("container", at.ifname)),
  "flood of refused calls": () => flood(() => links.set("host", "lo", { up: false })),
  "flood of log lines": () => flood(() => log.write("info", "again")),
  "long argument": (_, result) => (log.write("info", "x".repeat(LONG)), result),
  "long list": (_, result) => ({
    ...result,
    routes: Array.from({ length: 5000 }, () => ({ dst: "10.0.0.0/8" })),
  }),
  "long result": (_, result) => ({ ...result, dns: { ...result.dns, domain: "x".repeat(LONG) } }),
  "long error": () => {
    throw Object.assign(new Error(), { payload: { code: 100, msg: "x".repeat(LONG), details: "" } });
  },
  crash: () => {
    throw new TypeError("thrown on purpose");
  },
};

export const cni = {
  add(at: Attachment, config: string): CniResult {
    const { misbehave } = JSON.parse(config) as { misbehave: string };
    const leased = ipam.add(config);
    links.createVeth({ peerNs: "container", peerName: at.ifname });
    for (const ip of leased.ips) addresses.add("container", at.ifname, { cidr: ip.address, dad: false });
    links.set("container", at.ifname, { up: true });
    log.write("info", `${at.ifname} is made`);
    return WAYS[misbehave]!(at, leased);
  },
  check() {},
  del() {},
  gc() {},
  status() {},
};
