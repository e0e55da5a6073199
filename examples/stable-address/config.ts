// The plugin's options: their types, their validation, and the table in the README come from this schema. They lie in the
// configuration's `ipam`, as every IPAM plugin's.

import { fields, listOf, optional, options, type OptionsOf, required } from "@cnidaria/sdk";

export const schema = options({
  subnet: required(fields.cidr, "Network of the addresses."),
  gateway: optional(fields.address, "Never given. The network's first address where there is none."),
  routes: optional(listOf(fields.route, "a list of routes"), "Routes of the result: `dst`, and `gw` where needed."),
});

export type Options = OptionsOf<typeof schema>;
