// `grants` of plugin.json: how far each interface reaches.

import * as v from "valibot";

const patterns = v.array(v.pipe(v.string(), v.minLength(1)));
/** Its form alone: each cold call reads this, and what is no network grants nothing. `plugin allow` looks closer. */
const network = v.pipe(
  v.string(),
  v.regex(
    /^(\$\{(ipam|ips|config(\.[^.{}]+)+)\}|[0-9a-f.:]+\/[0-9]{1,3})$/i,
    "CIDR notation, ${ipam}, ${ips} or ${config.KEY}",
  ),
);
const networks = v.array(network);

/**
 * - `links`: patterns of the names of links that may be changed, by namespace; a link that the attachment made is always
 *   in scope. `links.parents`: links, of either namespace, on which a macvlan, ipvlan or VLAN device may be put; nothing
 *   else may be done with them. `sysctl`: patterns `host:KEY` and `container:KEY`. `delegate`: patterns of the types of
 *   plugins that may be run. `devices`: patterns `name:LINK`, `mac:ADDRESS`, `kernel-path:PATH` and `bus-id:ID` of the
 *   host's links that may be moved into the container. See `pattern.ts` for what a pattern can say.
 * - `addresses`: networks in which the addresses of links and of neighbours must lie, by namespace; `hostRemove` more, of
 *   which addresses may be taken from the host's links. `routes`: networks in which destinations must lie.
 *   `rules`: networks in which sources must lie; a rule for every source needs all of its family.
 *   `firewall.masquerade`: networks of sources. `leases`: networks in which the ranges of pools must lie.
 *   `portMaps`: networks of pods' addresses that ports may lead to. See `networks.ts` for what a network can say.
 * - `forwarding`: `pods` networks of the addresses, `links` patterns of the names of the host's links, that may be kept
 *   from others.
 *
 * A key that is not known is refused: whoever reads plugin.json must be able to trust that it means something.
 */
export const grantsSchema = v.strictObject({
  links: v.optional(
    v.strictObject({ host: v.optional(patterns), container: v.optional(patterns), parents: v.optional(patterns) }),
  ),
  addresses: v.optional(
    v.strictObject({
      host: v.optional(networks),
      hostRemove: v.optional(networks),
      container: v.optional(networks),
    }),
  ),
  routes: v.optional(v.strictObject({ host: v.optional(networks), container: v.optional(networks) })),
  rules: v.optional(v.strictObject({ host: v.optional(networks), container: v.optional(networks) })),
  sysctl: v.optional(patterns),
  firewall: v.optional(v.strictObject({ masquerade: v.optional(networks) })),
  forwarding: v.optional(v.strictObject({ pods: v.optional(networks), links: v.optional(patterns) })),
  leases: v.optional(networks),
  portMaps: v.optional(networks),
  delegate: v.optional(patterns),
  devices: v.optional(patterns),
});

export type Grants = v.InferOutput<typeof grantsSchema>;

/** Every grant as a line: `addresses.host ${ipam}`. */
export function grantLines(grants: Grants): string[] {
  return Object.entries(grants).flatMap(([key, value]) =>
    Array.isArray(value)
      ? value.map((each) => `${key} ${each}`)
      : Object.entries(value ?? {}).flatMap(([inner, list]) => (list ?? []).map((each) => `${key}.${inner} ${each}`))
  );
}
