// What pull and load tell of the plugins that they have written.

import { type Output, printable } from "../output.ts";
import type { PluginFiles } from "./plugin_files.ts";

export interface Written {
  readonly plugin: PluginFiles;
  /** Of the artifact's manifest. */
  readonly digest: string;
  readonly path: string;
  /** It was there already. */
  readonly same: boolean;
}

export function writtenLines(
  all: readonly Written[],
  options: { install?: boolean; json?: boolean; verify?: string },
  output: Output,
): void {
  const verified = options.verify !== undefined;
  if (options.json === true) {
    return output.json(all.map(({ plugin: { manifest }, digest, path, same }) => ({
      ...{ name: manifest.name, version: manifest.version, digest, path, same, signatureVerified: verified },
    })));
  }
  for (const { plugin: { manifest: { name, version } }, digest, path, same } of all) {
    output.line(printable(`${name} ${version}  ${digest}${verified ? "  signature verified" : ""}`));
    output.line(`${same ? "was there already: " : ""}${path}`);
    if (options.install === true) output.line(`\`cnidaria plugin allow ${name}\` shows what it may do and lets it run`);
  }
}
