// The rules of a plan: by which table a route is looked for.

import {
  FRA_DST,
  FRA_FWMARK,
  FRA_FWMASK,
  FRA_IIFNAME,
  FRA_PRIORITY,
  FRA_SRC,
  FRA_TABLE,
  HEADER_LENGTH,
  RTM_NEWRULE,
  ruleMessage,
  ruleQuery,
} from "../rules/rule_message.ts";
import { EEXIST, ENOENT, EOPNOTSUPP, KernelError } from "../sys/errno.ts";
import { AF_INET, AF_INET6 } from "../sys/ip_address.ts";
import { NetlinkMessage, type ReceivedMessage } from "../sys/netlink_message.ts";
import type { Sources } from "./links.ts";
import type { Place } from "./place.ts";
import { bytesOfU32, rawAttributes, received, sameBytes, u32Of } from "./received.ts";

/** What a removal is compared by, where it names it. */
const SELECTORS = [FRA_SRC, FRA_DST, FRA_IIFNAME, FRA_FWMARK, FRA_FWMASK, FRA_TABLE, FRA_PRIORITY] as const;
/** Those of a new namespace, by priority. IPv6 has no table 253 (default). */
const FIRST_RULES: readonly (readonly [priority: number, table: number, families: readonly number[]])[] = [
  [0, 255, [AF_INET, AF_INET6]],
  [32766, 254, [AF_INET, AF_INET6]],
  [32767, 253, [AF_INET]],
];

interface PlannedRule {
  readonly message: ReceivedMessage;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
  readonly priority: number;
}

export class PlannedRules {
  /** Whether this kernel has rules. */
  supported = true;
  readonly #rules = new Map<string, PlannedRule[]>();

  constructor(private readonly sources: Sources) {}

  /** RTM_GETRULE of one family. */
  list(ns: Place, { payload }: ReceivedMessage): ReceivedMessage[] {
    return this.#all(ns, payload[0]!).map((rule) => rule.message);
  }

  /** RTM_NEWRULE with NLM_F_EXCL: after those of the same priority. */
  add(ns: Place, request: ReceivedMessage): void {
    const rules = this.#all(ns, request.payload[0]!);
    const given = read(request);
    const free = Math.max(0, (rules[1]?.priority ?? 0) - 1);
    const rule = given.attributes.has(FRA_PRIORITY) ? given : withPriority(request, free);
    // To the kernel one for every source or destination is there if there is one for any.
    const open = (type: number) => (type === FRA_SRC || type === FRA_DST) && !rule.attributes.has(type);
    if (rules.some((it) => SELECTORS.every((type) => open(type) || names(rule, it, type)))) {
      throw new KernelError(EEXIST);
    }
    const at = rules.findIndex((it) => it.priority > rule.priority);
    rules.splice(at < 0 ? rules.length : at, 0, rule);
  }

  /** RTM_DELRULE: the first that has everything that the request names. */
  remove(ns: Place, request: ReceivedMessage): void {
    const rules = this.#all(ns, request.payload[0]!);
    const wanted = read(request);
    const at = rules.findIndex((it) =>
      SELECTORS.every((type) => !wanted.attributes.has(type) || names(wanted, it, type))
    );
    if (at < 0) throw new KernelError(ENOENT);
    rules.splice(at, 1);
  }

  /** A namespace goes. */
  forget(ns: Place): void {
    for (const family of [AF_INET, AF_INET6]) this.#rules.delete(`${ns} ${family}`);
  }

  #all(ns: Place, family: number): PlannedRule[] {
    if (!this.supported) throw new KernelError(EOPNOTSUPP);
    const key = `${ns} ${family}`;
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const rules = (this.sources.read(ns)?.dump(ruleQuery(family)) ?? firstRules(family)).map(read);
    this.#rules.set(key, rules);
    return rules;
  }
}

/** Whether both have the same there, or both nothing; the lengths of networks are in the header. */
function names(wanted: PlannedRule, present: PlannedRule, type: number): boolean {
  const at = type === FRA_DST ? 1 : type === FRA_SRC ? 2 : undefined;
  if (at !== undefined && wanted.message.payload[at] !== present.message.payload[at]) return false;
  return sameBytes(valueOf(wanted, type), valueOf(present, type));
}

/** The kernel says nothing of a priority that is 0, nor of a mark that is. */
function valueOf({ attributes }: PlannedRule, type: number): Uint8Array | undefined {
  const value = attributes.get(type);
  return (type === FRA_PRIORITY || type === FRA_FWMARK) && value === undefined ? bytesOfU32(0) : value;
}

function withPriority({ payload }: ReceivedMessage, priority: number): PlannedRule {
  const message = new NetlinkMessage(RTM_NEWRULE).u8(...payload);
  return read(received(message.attrU32(FRA_PRIORITY, priority)));
}

function firstRules(family: number): ReceivedMessage[] {
  const name = family === AF_INET ? "ipv4" : "ipv6";
  return FIRST_RULES.filter(([, , families]) => families.includes(family))
    .map(([priority, table]) => received(ruleMessage(RTM_NEWRULE, { family: name, priority, table })));
}

function read(message: ReceivedMessage): PlannedRule {
  const attributes = rawAttributes(message.payload, HEADER_LENGTH);
  return { message, attributes, priority: u32Of(attributes.get(FRA_PRIORITY)) ?? 0 };
}
