// The rules that are there, and which of them is meant.

import type { Rule } from "cnidaria:cni/rules@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { RuleValue } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { checkLinkName } from "../links/look_up.ts";
import { EAFNOSUPPORT, EOPNOTSUPP, hostCallError, isErrno } from "../sys/errno.ts";
import { AF_INET, AF_INET6, formatAddress, networkOf, parseCidr } from "../sys/ip_address.ts";
import { familyOf, readRule, type RuleDescription, ruleQuery } from "./rule_message.ts";
import { ruleText } from "./text.ts";

/** Both families, each in the order in which the kernel asks them. */
export function listRules(context: HostContext, ns: Ns): RuleDescription[] {
  return [...rulesOf(context, ns, AF_INET), ...rulesOf(context, ns, AF_INET6)];
}

/** Those of one family. */
export function rulesOf(context: HostContext, ns: Ns, family: number): RuleDescription[] {
  try {
    return context.netlink(ns).dump(ruleQuery(family)).map(readRule).filter((it) => it !== undefined);
  } catch (error) {
    if (family === AF_INET6 && isErrno(error, EAFNOSUPPORT)) return [];
    const where = ns === "container" ? "in the container" : "on the host";
    // Without rules the kernel knows neither the message nor the family.
    if (isErrno(error, EOPNOTSUPP, EAFNOSUPPORT)) {
      throw new HostCallError(
        "unsupported",
        `Cannot list the rules ${where} as this kernel has none: it was built without CONFIG_IP_MULTIPLE_TABLES`,
        EOPNOTSUPP,
      );
    }
    throw hostCallError(`list the rules ${where}`, error);
  }
}

/**
 * A rule as it is kept: networks canonical, without what has no value.
 *
 * @throws {HostCallError} `invalid`
 */
export function plainRule(rule: Rule): RuleValue {
  const { family, incoming, mark, more, priority, table } = rule;
  const [source, destination] = [canonical(rule, rule.source), canonical(rule, rule.destination)];
  if (incoming !== undefined) checkLinkName(incoming);
  if (more) refuse(rule, "it asks for more than a rule of ours can");
  if (table === 0) refuse(rule, "there is no table 0");
  if (mark !== undefined && (mark.mask === 0 || (mark.value & ~mark.mask) !== 0)) {
    refuse(rule, "its mark has bits that are outside its mask, or its mask has none");
  }
  return {
    family,
    ...source !== undefined && { source },
    ...destination !== undefined && { destination },
    ...incoming !== undefined && { incoming },
    ...mark !== undefined && { mark: { value: mark.value, mask: mark.mask } },
    ...priority !== undefined && { priority },
    table,
  };
}

/** Whether a rule that is there is the one that was meant. */
export function isMeant(present: RuleDescription, wanted: RuleValue): boolean {
  return !present.more && couldMean(present, wanted) && present.family === wanted.family &&
    present.source === wanted.source && present.destination === wanted.destination &&
    present.incoming === wanted.incoming && sameMark(present.mark, wanted.mark);
}

/** Whether the kernel would take a rule for the one that was meant: what a removal does not name it does not look at. */
export function couldMean(present: RuleDescription, wanted: RuleValue): boolean {
  const { destination, incoming, mark, priority, source, table } = wanted;
  return present.table === table && (priority === undefined || present.priority === priority) &&
    (source === undefined || present.source === source) &&
    (destination === undefined || present.destination === destination) &&
    (incoming === undefined || present.incoming === incoming) &&
    (mark === undefined || sameMark(present.mark, mark));
}

function sameMark(a: RuleValue["mark"], b: RuleValue["mark"]): boolean {
  return a?.value === b?.value && a?.mask === b?.mask;
}

/** A network of the rule's family; undefined for all of it. */
function canonical(rule: Rule, cidr: string | undefined): string | undefined {
  if (cidr === undefined) return undefined;
  const network = networkOf(parseCidr(cidr));
  if (network.family !== familyOf(rule)) refuse(rule, `IPv4 and IPv6 are mixed in it: ${cidr}`);
  return network.prefixLength === 0 ? undefined : `${formatAddress(network.bytes)}/${network.prefixLength}`;
}

function refuse(rule: Rule, why: string): never {
  throw new HostCallError("invalid", `Cannot use the rule ${ruleText(rule)} as ${why}`);
}
