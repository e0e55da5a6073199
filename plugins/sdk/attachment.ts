// An attachment as the component gets it, with `undefined` for what is absent. It comes with each call, and QuickJS takes
// its time to walk through objects whose keys it does not know: this names them. The types can't get more (see
// host-funcs/wit/README.md).

import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";

const OF_INTERFACE = ["mac", "mtu", "socketPath", "pciId"];
const OF_IP = ["gateway", "interface"];
const OF_ROUTE = ["gw", "mtu", "advmss", "priority", "table", "scope"];

/** As `absent()`: the value itself is changed. */
export function plainAttachment(at: Attachment): Attachment {
  takeOut(at, ["prevResult"]);
  if (at.prevResult !== undefined) plainResult(at.prevResult);
  return at;
}

function plainResult({ interfaces, ips, routes, dns }: CniResult): void {
  for (const entry of interfaces) {
    takeOut(entry, OF_INTERFACE);
    takeOut(entry.sandbox, ["val"]);
  }
  for (const ip of ips) takeOut(ip, OF_IP);
  for (const route of routes) takeOut(route, OF_ROUTE);
  takeOut(dns, ["domain"]);
}

function takeOut(record: object, keys: readonly string[]): void {
  const fields = record as Record<string, unknown>;
  for (const key of keys) if (fields[key] === null) delete fields[key];
}
