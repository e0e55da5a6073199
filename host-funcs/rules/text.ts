// A rule for a person, in the words of `ip rule`.

import type { RuleValue } from "../change.ts";

/** `from 10.1.0.5/32 lookup 100`; of a rule for all packets `from all IPv6 lookup 100`. */
export function ruleText({ family, source, destination, incoming, mark, priority, table }: RuleValue): string {
  const parts = [
    `from ${source ?? (family === "ipv4" ? "all IPv4" : "all IPv6")}`,
    destination === undefined ? "" : `to ${destination}`,
    incoming === undefined ? "" : `iif ${incoming}`,
    mark === undefined ? "" : `fwmark 0x${mark.value.toString(16)}/0x${mark.mask.toString(16)}`,
    `lookup ${table}`,
    priority === undefined ? "" : `priority ${priority}`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}
