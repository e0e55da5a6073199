// Tests that change the packet filter of the namespace that they run in.

import type { Database } from "../../state/database.ts";
import { withDatabase } from "../../state/testing.ts";
import { Nft } from "../../sys/libnftables.ts";
import { reasonToSkip } from "../../test_context.ts";

const tables = [
  "inet cnidaria",
  "inet cnidaria-isolation",
  "bridge cnidaria",
  "inet cnidaria-ports",
  "inet cnidaria-forward",
  "bridge cnidaria-forward",
];

/** Starts without our tables, and removes them at the end. */
function withFirewall(body: (database: Database, ruleset: () => string, nft: Nft) => void): void {
  const nft = Nft.open();
  const ruleset = () =>
    tables.map((table) => nft.run(`list table ${table}`)).map((answer) => answer.ok ? answer.output : "").join("");
  flush(nft);
  try {
    withDatabase((database) => body(database, ruleset, nft));
  } finally {
    flush(nft);
    nft.close();
  }
}

/** What `nft flush ruleset` does to us. */
export function flush(nft: Nft): void {
  for (const table of tables) nft.run(`delete table ${table}`);
}

/** A test with a database and a packet filter without our tables; ignored, with the reason in its name, where it can't be. */
export function firewallTest(name: string, body: Parameters<typeof withFirewall>[0]): void {
  const reason = reasonToSkip();
  Deno.test({
    name: reason === undefined ? name : `${name} (ignored: ${reason})`,
    ignore: reason !== undefined,
    // libnftables stays loaded from the first rule on, whichever test makes it.
    sanitizeResources: false,
    fn: () => withFirewall(body),
  });
}
