// `cnidaria plugin list`: the components that are installed, and whether they may run.

import { libDir, stateDir } from "../../paths.ts";
import { pluginRows } from "../../query/plugin_rows.ts";
import { type Output, printable, table } from "../output.ts";

export function pluginList(options: { json?: boolean }, output: Output): void {
  const rows = pluginRows(libDir(), stateDir());
  if (options.json === true) return output.json(rows);
  const cells = rows.map(({ name, state, digest, manifest, contract }) =>
    [
      name,
      manifest?.version ?? "-",
      state,
      digest?.slice(0, 12) ?? "-",
      manifest?.exports ?? "-",
      contract ?? "-",
      manifest?.imports.join(" ") ?? "-",
    ].map(printable)
  );
  for (const line of table(["PLUGIN", "VERSION", "STATE", "SHA-256", "EXPORTS", "CONTRACT", "IMPORTS"], cells)) {
    output.line(line);
  }
  for (const { name, why } of rows) if (why !== undefined) output.complain(printable(`${name}: ${why}`));
}
