// The `forwarding` interface: what may be forwarded to and from pods, by nftables.

import type * as Forwarding from "cnidaria:cni/forwarding@0.3.0";
import type { HostContext } from "../context.ts";
import { elementsOf, putElement, valueOf, valuesOf } from "../firewall/elements.ts";
import { packetFilter } from "../firewall/packet_filter.ts";
import { releaseElement } from "../firewall/release.ts";
import { transaction } from "../state/database.ts";
import { orTakeBack } from "../take_back.ts";
import type { TableFamily } from "../sys/nftables_elements.ts";
import { type ForwardingElement, isAnyForwarding, isInForce, setForwarding, strictest } from "./rules.ts";
import {
  adminChainOf,
  baseCommands,
  canonicalKey,
  forwardChain,
  type ForwardingKind,
  forwardTable,
  nameOfAdminChain,
} from "./table.ts";
import { type ForwardingChange, undoForwardingChange } from "./undo.ts";

/** The host functions of `forwarding` for one call. */
export function createForwarding(context: HostContext): typeof Forwarding {
  return {
    admit: ({ address, adminChain }) => set(context, "forwarded-pod", address, adminChainOf(adminChain)),
    confine: ({ link, ingress }) => set(context, "confined-link", link, ingress),
    isolatePort: (port) => set(context, "isolated-port", port, ""),
    inForce: () => inForce(context),
    inUse: () => isAnyForwarding(context.database()),
    blockers: () => packetFilter(context).forwardDrops(),
    probe: (ports) => probe(context, ports ? ["inet", "bridge"] : ["inet"]),
    release: () => release(context),
  };
}

function set(context: HostContext, kind: ForwardingKind, text: string, value: string): void {
  const element: ForwardingElement = { kind, key: canonicalKey(kind, text), value };
  const { key } = element;
  const database = context.database();
  const filter = packetFilter(context);
  const before = valueOf(database, context.attachment, kind, key);
  const change: ForwardingChange = {
    kind: "forwarding-set",
    element: kind,
    key,
    value,
    ...before === undefined ? {} : { before },
  };
  context.record(change);
  // The kernel may have taken what the state then refuses (its disk is full): it is taken back from the kernel as well.
  orTakeBack(context, () =>
    transaction(database, () => {
      putElement(database, context.attachment, element);
      setForwarding(database, filter, element);
    }), (quiet) => undoForwardingChange(quiet, change));
}

function inForce(context: HostContext): Forwarding.State {
  const database = context.database();
  const own = elementsOf(database, context.attachment).filter(isForwarding);
  const filter = own.length === 0 ? undefined : packetFilter(context);
  const done = own.map((element) => ({ ...element, values: valuesOf(database, element.kind, element.key) }))
    .filter(({ kind, key, values }) => isInForce(filter!, kind, key, values));
  const of = (kind: ForwardingKind) => done.filter((it) => it.kind === kind);
  return {
    pods: of("forwarded-pod").map(({ key, value }) => {
      const adminChain = nameOfAdminChain(value);
      return adminChain === undefined ? { address: key } : { address: key, adminChain };
    }),
    links: of("confined-link").map(({ key, values }) => ({ link: key, ingress: strictest(values) })),
    ports: of("isolated-port").map(({ key }) => key),
  };
}

/** Where a chain is, rules can be made; else the kernel is asked, which checks them and drops them. */
function probe(context: HostContext, families: readonly TableFamily[]): void {
  const filter = packetFilter(context);
  for (const family of families) {
    if (filter.hasChain(family, forwardChain, forwardTable)) continue;
    filter.check(baseCommands(family), `make nftables rules of family ${family}`);
  }
}

function release(context: HostContext): void {
  const database = context.database();
  const owned = elementsOf(database, context.attachment).filter(isForwarding);
  if (owned.length === 0) return;
  const filter = packetFilter(context);
  context.record({ kind: "forwarding-released" });
  transaction(database, () => {
    for (const element of owned) releaseElement(database, filter, context.attachment, element);
  });
}

function isForwarding(element: { readonly kind: string }): element is ForwardingElement {
  return element.kind === "forwarded-pod" || element.kind === "confined-link" || element.kind === "isolated-port";
}
