// Calls of host functions, in scripts: a plan of a node, a node in memory and the kernel must answer them in the same way.
// This runs one.

import type * as Addresses from "cnidaria:cni/addresses@0.3.0";
import type * as Links from "cnidaria:cni/links@0.3.0";
import type * as Neighbors from "cnidaria:cni/neighbors@0.3.0";
import type * as Routes from "cnidaria:cni/routes@0.3.0";
import type * as Rules from "cnidaria:cni/rules@0.3.0";
import type * as Sysctl from "cnidaria:cni/sysctl@0.3.0";
import type * as TrafficControl from "cnidaria:cni/traffic-control@0.3.0";
import { createAddresses } from "../../addresses/mod.ts";
import type { HostContext } from "../../context.ts";
import { HostCallError } from "../../error.ts";
import { createLinks } from "../../links/mod.ts";
import { createNeighbors } from "../../neighbors/mod.ts";
import { createRoutes } from "../../routes/mod.ts";
import { createRules } from "../../rules/mod.ts";
import { createSysctl } from "../../sysctl/mod.ts";
import type { TestContext } from "../../test_context.ts";
import { ifbName } from "../../traffic-control/ifb_name.ts";
import { createTrafficControl } from "../../traffic-control/mod.ts";

interface Functions {
  links: typeof Links;
  addresses: typeof Addresses;
  routes: typeof Routes;
  rules: typeof Rules;
  neighbors: typeof Neighbors;
  sysctl: typeof Sysctl;
  traffic: typeof TrafficControl;
}
/** Each line of a script: a name for messages is its own text. */
export type Step = (f: Functions, u: string) => unknown;
export interface Script {
  /** Runs on the node before the plan begins. */
  readonly given?: readonly Step[];
  readonly steps: readonly Step[];
}

export const pair: Step = ({ links }, u) => links.createVeth({ peerNs: "container", peerName: "eth0", name: `v${u}` });
export const up: Step = ({ links }, u) => {
  links.set("host", `v${u}`, { up: true });
  links.set("container", "eth0", { up: true });
  links.waitRunning("host", `v${u}`, 5_000);
  links.waitRunning("container", "eth0", 5_000);
};
export const bridge: Step = ({ links }, u) => links.ensureBridge(`b${u}`, { vlanFiltering: false, defaultVlan: true });
export const listRoutes: Step = ({ routes }) => routes.list("container", undefined);

/** What each step answers, or the error that it ends with. */
export function run(context: HostContext, steps: readonly Step[], unique: string): string[] {
  const functions = {
    links: createLinks(context),
    addresses: createAddresses(context),
    routes: createRoutes(context),
    rules: createRules(context),
    neighbors: createNeighbors(context),
    sysctl: createSysctl(context),
    traffic: createTrafficControl(context),
  };
  return steps.map((step) => {
    try {
      return `${step}: ${JSON.stringify(plain(step(functions, unique)))}`;
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
      return `${step}: ${JSON.stringify(plain(error.payload))}`;
    }
  });
}

/** Without what only the kernel knows (indexes, MACs that nobody gave) or adds in its own time (link-local addresses). */
// deno-lint-ignore no-explicit-any
export function plain(value: any): any {
  if (typeof value === "string") {
    if (/^([0-9a-f]{2}:){5}/.test(value)) return /^0[0a]:00:/.test(value) ? value : "MAC";
    return value.replace(/veth[0-9a-f]{8}/, "a random veth").replace(/bwp[0-9a-f]{12}/, "an ifb")
      .replace(/new-[0-9a-f]{8}/, "a random name");
  }
  if (Array.isArray(value)) {
    return value.map(plain).filter((it) => !/fe80::/.test(JSON.stringify(it) ?? ""))
      .toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "index" && key !== "peerIndex").toSorted();
  return Object.fromEntries(entries.map(([key, it]) => [key, plain(it)]));
}

/** What a script left in the namespace that all tests share. */
export function remove(context: TestContext): void {
  const links = createLinks(context);
  for (const { name } of links.list("host")) {
    if (!name.endsWith(context.unique) && name !== ifbName(context.attachment)) continue;
    try {
      links.delete("host", name);
    } catch (error) {
      if (!(error instanceof HostCallError) || error.code !== "not-found") throw error;
    }
  }
}
