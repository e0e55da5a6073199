// CHECK: a rule for each address, and the routes of its table.

import * as routes from "cnidaria:cni/routes@0.3.0";
import * as rules from "cnidaria:cni/rules@0.3.0";
import type { Attachment, ResultIp } from "cnidaria:cni/types@0.3.0";
import { attempt, defaultDestination, familyOf, previousResult, refuseDifferences } from "../sdk/mod.ts";
import { readConfig } from "./config.ts";
import { ruleOf, sourcesOf } from "./sources.ts";

export function check(at: Attachment, text: string): void {
  const { table } = readConfig(text);
  const sources = sourcesOf(at, previousResult(at));
  const present = attempt("read the container's rules", () => rules.list("container"));
  const known = table === undefined ? attempt("read the container's routes", () => routes.listAll("container")) : [];
  refuseDifferences(
    at,
    sources.flatMap((ip) => {
      const { source } = ruleOf(ip, 0);
      const [rule] = present.filter((it) => it.source === source && !it.more && (table ?? it.table) === it.table);
      if (rule === undefined) {
        return [
          `no rule leads what ${source} sends to ${table ?? "a"} table${table === undefined ? " of its own" : ""}`,
        ];
      }
      return table === undefined ? routeDifferences(at.ifname, ip, rule.table, known) : [];
    }),
  );
}

/** What the table of an address lacks. */
function routeDifferences(ifname: string, ip: ResultIp, table: number, known: readonly routes.Route[]): string[] {
  const family = familyOf(ip.address);
  const own = known.filter((it) => it.table === table && it.link === ifname && familyOf(it.dst) === family);
  if (own.length === 0) return [`table ${table} has no route by ${ifname} for ${ip.address}`];
  const dst = defaultDestination(family);
  if (ip.gateway === undefined || own.some((it) => it.dst === dst && it.gateway !== undefined)) return [];
  return [`table ${table} has no default route by ${ifname} for ${ip.address}`];
}
