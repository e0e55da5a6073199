// stable-address: an IPAM plugin. A pod gets the address that its name leads to, and the same again after it was deleted:
// so a StatefulSet's pods keep theirs, and other nodes' firewalls can know them. Where two names lead to one address, the
// second gets the next that is free.

import * as leases from "cnidaria:cni/leases@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import {
  addressOf,
  attempt,
  bitsOf,
  CniError,
  contains,
  definePlugin,
  emptyDns,
  ErrorCodes,
  familyOf,
  firstAddressOf,
  invalidConfig,
  lastAddressOf,
  networkOf,
  parseObject,
  prefixLengthOf,
  refuseDifferences,
  unlessHostError,
  validate,
} from "@cnidaria/sdk";
import { type Options, schema } from "./config.ts";
import { addressOfName } from "./place.ts";

/** How many addresses are tried from the one that the name leads to, before any is taken. */
const TRIES = 8;
const STORE = "";

export const cni = definePlugin({
  add(at, text) {
    const options = optionsOf(text);
    const pool = poolOf(options);
    const { address } = acquire(pool, preferred(at, options), at);
    return {
      interfaces: [],
      ips: [{ address: `${address}/${prefixLengthOf(options.subnet)}`, gateway: pool.ranges[0]!.gateway! }],
      routes: options.routes ?? [],
      dns: emptyDns(),
    };
  },

  check(at) {
    const held = attempt("read the leases", () => leases.held(STORE));
    const lost = (at.prevResult?.ips ?? []).map((ip) => addressOf(ip.address)).filter((it) => !held.includes(it));
    refuseDifferences(at, lost.map((address) => `its lease of ${address} is gone`));
  },

  del() {
    attempt("release the lease", () => leases.release(STORE));
  },

  gc(_network, _text, valid) {
    attempt("release what belongs to no attachment", () => leases.retain(STORE, valid));
  },

  status(_network, text) {
    const { held, size } = attempt("read the use of the pool", () => leases.usage(poolOf(optionsOf(text))));
    if (held >= size) throw new CniError(ErrorCodes.notAvailable, `All ${size} addresses are in use`);
  },
});

function optionsOf(text: string): Options {
  const options = validate(schema, parseObject(text)["ipam"], "configuration's ipam");
  const { gateway, subnet } = options;
  if (bitsOf(familyOf(subnet)) - prefixLengthOf(subnet) < 3) {
    throw invalidConfig(`ipam.subnet must have 8 addresses or more, but is ${subnet}`);
  }
  if (gateway !== undefined && !contains(subnet, gateway)) {
    throw invalidConfig(`ipam.gateway must be in ipam.subnet ${subnet}, but is ${gateway}`);
  }
  return options;
}

function poolOf({ subnet, gateway = firstAddressOf(subnet) }: Options): leases.Pool {
  const range = { subnet: networkOf(subnet), first: firstAddressOf(subnet), last: lastAddressOf(subnet), gateway };
  return { index: 0, ranges: [range], store: STORE, domain: "stable-address", cooldown: 0 };
}

/** Addresses in the order in which the pod is to have them: that of its name, and the next ones. */
function preferred(at: Attachment, { subnet }: Options): string[] {
  const arg = (key: string) => at.args.find(([each]) => each === key)?.[1] ?? "";
  const pod = arg("K8S_POD_NAME");
  // A runtime that names no pod leaves nothing to go by but the container's id.
  const name = pod === "" ? at.containerId : `${arg("K8S_POD_NAMESPACE")}/${pod}/${at.ifname}`;
  return Array.from({ length: TRIES }, (_, offset) => addressOfName(subnet, name, offset));
}

function acquire(pool: leases.Pool, wanted: readonly string[], at: Attachment): leases.Lease {
  return attempt(`lease an address for ${at.ifname} of container ${at.containerId}`, () => {
    for (const address of wanted) {
      // Busy: another pod has it. Invalid: it is the gateway's.
      const lease = unlessHostError(["busy", "invalid"], () => leases.acquire(pool, address));
      if (lease !== undefined) return lease;
    }
    return leases.acquire(pool, undefined);
  });
}
