// The configuration of sbr: its key is that of the upstream plugin.

import { fields, optional, options, type OptionsOf, parseConfig } from "../sdk/mod.ts";

export const schema = options({
  table: optional(
    fields.integer(1, 4294967295),
    "Number of the table that all addresses use. Rules are added to it, and no route is moved: its routes are others'.",
  ),
});

export type SbrConfig = OptionsOf<typeof schema>;

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): SbrConfig {
  return parseConfig(schema, text);
}
