// `cnidaria plugin revoke`: takes back what `plugin allow` recorded.

import { libDir, stateDir } from "../../paths.ts";
import { hasPlugin, isPluginName } from "../../plugin/registry.ts";
import { removePermission } from "../allow/permission_file.ts";
import { CommandFailure, type Output } from "../output.ts";
import { pluginRows } from "../../query/plugin_rows.ts";

/** @param name of a plugin; it need not be installed any more */
export async function pluginRevoke(name: string, output: Output): Promise<void> {
  if (!isPluginName(name)) {
    throw new CommandFailure(`Cannot revoke as this is no plugin's name: ${JSON.stringify(name)}`, 2);
  }
  const isFirstParty = hasPlugin(libDir(), name) &&
    pluginRows(libDir(), stateDir()).some((row) => row.name === name && row.state === "first-party");
  if (!await removePermission(stateDir(), name)) {
    throw new CommandFailure(`Cannot revoke ${name} as nothing was allowed: there is no record of it in ${stateDir()}`);
  }
  output.line(
    isFirstParty ? `limits of ${name} are those of its plugin.json again` : `${name} is not allowed any more`,
  );
}
