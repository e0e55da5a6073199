// policy: compiles NetworkPolicy and ClusterNetworkPolicy into rules of nftables.

import type { Change } from "cnidaria:cni/nftables@0.3.0";
import type { Event, Rejection } from "cnidaria:cni/policy@0.3.0";
import { CniError, definePolicy, ErrorCodes } from "../sdk/mod.ts";
import { partsOf } from "./plan/parts.ts";
import { Planner } from "./plan/planner.ts";
import { readPolicy } from "./read/read_policy.ts";

let planner: Planner | undefined;
/** Of a plan that was begun to be told. */
let parts: Iterator<Change[]> | undefined;
let next: Change[] | undefined;

export const policy = definePolicy({
  start(options) {
    planner = new Planner(options);
    parts = undefined;
  },

  observe(events) {
    const rejections: Rejection[] = [];
    for (const event of events) observe(started(), event, rejections);
    return rejections;
  },

  plan() {
    if (parts === undefined) {
      parts = partsOf(started().plan());
      next = parts.next().value;
    }
    const changes = next ?? [];
    next = parts.next().value;
    if (next === undefined) parts = undefined;
    return { changes, more: next !== undefined };
  },
});

function started(): Planner {
  if (planner !== undefined) return planner;
  throw new CniError(ErrorCodes.invalidConfig, "Cannot compile network policies as start was not called");
}

function observe(planner: Planner, event: Event, rejections: Rejection[]): void {
  const { world } = planner;
  switch (event.tag) {
    case "namespace":
      return world.namespaceSet(event.val);
    case "namespace-gone":
      return world.namespaceGone(event.val);
    case "pod":
      return world.podSet(event.val);
    case "pod-gone":
      return world.podGone(event.val);
    case "node":
      return world.nodeSet(event.val);
    case "node-gone":
      return world.nodeGone(event.val);
    case "policy": {
      const read = readPolicy(event.val);
      if (!Array.isArray(read)) return planner.policySet(read);
      rejections.push({ name: event.val.name, errors: read });
      return;
    }
    case "policy-gone":
      return planner.policyGone(event.val);
  }
}
