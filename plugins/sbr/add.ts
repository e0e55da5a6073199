// ADD. What is made is undone by the host if a later step fails.

import * as routes from "cnidaria:cni/routes@0.3.0";
import * as rules from "cnidaria:cni/rules@0.3.0";
import type { Attachment, CniResult, ResultIp } from "cnidaria:cni/types@0.3.0";
import { attempt, previousResult } from "../sdk/mod.ts";
import { readConfig } from "./config.ts";
import { ruleOf, sourcesOf } from "./sources.ts";
import { freeTable, movedRoutes, tableRoutes } from "./tables.ts";

export function add(at: Attachment, text: string): CniResult {
  const { table } = readConfig(text);
  const result = previousResult(at);
  const sources = sourcesOf(at, result);
  if (table === undefined) moveRoutes(at.ifname, sources);
  else for (const ip of sources) addRule(ip, table);
  return result;
}

/** Each address's routes into a table of its own. The main table keeps them until all are there: gateways lie on them. */
function moveRoutes(ifname: string, sources: readonly ResultIp[]): void {
  const present = attempt("read the container's routes", () => routes.listAll("container"));
  const moved = movedRoutes(present, ifname);
  for (const ip of sources) {
    const table = claimTable(ip, present);
    for (const route of tableRoutes(ip, table, moved, sources, ifname)) {
      const via = route.gateway === undefined ? "" : ` via ${route.gateway}`;
      attempt(`add the route to ${route.dst}${via} on ${ifname} to table ${table}`, () => {
        routes.add("container", route);
      });
    }
  }
  for (const route of moved.toReversed()) {
    attempt(`take the route to ${route.dst} on ${ifname} from the main table`, () => {
      routes.remove("container", route);
    });
  }
}

/**
 * Adds the rule for an address, to a table that nobody else uses. Two calls for one container may look for a table at the
 * same time: the kernel puts each rule before those that are there, so of those for one table the last was the first.
 *
 * @returns the table
 */
function claimTable(ip: ResultIp, present: readonly routes.Route[]): number {
  for (let known = listRules();;) {
    const table = freeTable(known, present);
    addRule(ip, table);
    const own = ruleOf(ip, table);
    known = listRules();
    const first = known.findLast((rule) => rule.family === own.family && rule.table === table);
    if (first?.source === own.source) return table;
    attempt(`leave table ${table} to another interface`, () => rules.remove("container", own));
  }
}

function addRule(ip: ResultIp, table: number): void {
  attempt(`route what ${ip.address} sends by table ${table}`, () => rules.add("container", ruleOf(ip, table)));
}

function listRules(): rules.Rule[] {
  return attempt("read the container's rules", () => rules.list("container"));
}
