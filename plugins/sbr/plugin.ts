// sbr, source based routing: what an interface's addresses send goes by that interface, whichever has the main table's
// default route.

import * as rules from "cnidaria:cni/rules@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { attempt, CniError, definePlugin, ErrorCodes, isHostError, unlessHostError } from "../sdk/mod.ts";
import { add } from "./add.ts";
import { check } from "./check.ts";
import { readConfig } from "./config.ts";
import { addressesOfInterface, ruleOf } from "./sources.ts";

export const cni = definePlugin({ add, check, del, status });

/** Rules for the interface's addresses, also those that another program's sbr has added. Routes go with the interface. */
function del(at: Attachment, text: string): void {
  const { table } = readConfig(text);
  if (!at.hasNetns || at.prevResult === undefined) return;
  const sources = addressesOfInterface(at, at.prevResult).map((ip) => ruleOf(ip, 0).source);
  attempt(`remove the rules for the addresses of ${at.ifname}`, () => {
    const present = unlessHostError(["not-found", "unsupported"], () => rules.list("container")) ?? [];
    const own = present.filter((rule) =>
      !rule.more && sources.includes(rule.source) && (table ?? rule.table) === rule.table
    );
    for (const rule of own) unlessHostError(["not-found"], () => rules.remove("container", rule));
  });
}

function status(): void {
  try {
    rules.list("host");
  } catch (error) {
    if (!isHostError(error, "unsupported")) throw error;
    throw new CniError(
      ErrorCodes.notAvailable,
      "Cannot route by source as this kernel has no rules",
      "it needs CONFIG_IP_MULTIPLE_TABLES, and for IPv6 CONFIG_IPV6_MULTIPLE_TABLES",
    );
  }
}
