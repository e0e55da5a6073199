// resolv.conf(5).

import type { Dns } from "cnidaria:cni/types@0.3.0";

/**
 * The text of a resolv.conf file as DNS settings of a result. As the resolver does: comments start with `#` or `;` in the first
 * column, the last `search` or `domain` line wins, options add up, unknown keywords are ignored.
 */
export function parseResolvConf(text: string): Dns {
  const nameservers: string[] = [];
  const options: string[] = [];
  let search: string[] = [];
  let domain: string | undefined;
  for (const line of text.split("\n")) {
    if (/^[#;]/.test(line)) continue;
    const [keyword, ...values] = line.split(/\s+/).filter((word) => word !== "");
    const first = values[0];
    if (keyword === undefined || first === undefined || /^\s/.test(line)) continue;
    if (keyword === "nameserver") nameservers.push(first);
    if (keyword === "options") options.push(...values);
    if (keyword === "search") search = values;
    if (keyword === "domain") domain = first;
  }
  return { nameservers, ...domain === undefined ? {} : { domain }, search, options };
}
