// `cnidaria plugin load`: plugins out of an archive into folders.

import { libDir } from "../../paths.ts";
import { Archive } from "../distribution/archive.ts";
import { artifactOf } from "../distribution/image_manifest.ts";
import { pluginOf } from "../distribution/plugin_artifact.ts";
import type { PluginFiles } from "../distribution/plugin_files.ts";
import { refuseFirstParty, targetOf, writePlugins } from "../distribution/plugin_target.ts";
import { signatureTag, verifySignature } from "../distribution/signature.ts";
import { readKey } from "../distribution/signing_key.ts";
import { writtenLines } from "../distribution/written.ts";
import { CommandFailure, type Output } from "../output.ts";

export interface LoadOptions {
  readonly verify?: string;
  readonly out?: string;
  readonly install?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Nothing is written before everything was verified. */
export async function pluginLoad(path: string, options: LoadOptions, output: Output): Promise<void> {
  const target = targetOf(options, libDir());
  const key = options.verify === undefined ? undefined : readKey(options.verify, "public");
  const archive = await Archive.read(path);
  const manifests = await archive.manifests();
  const plugins: { plugin: PluginFiles; digest: string }[] = [];
  for (const { name, manifest } of manifests) {
    if (/^sha256-[0-9a-f]{64}\.sig$/.test(name)) continue;
    const what = `${name} of ${path}`;
    const { digest } = manifest.descriptor;
    if (key !== undefined) {
      const signatures = manifests.find((it) => it.name === signatureTag(digest))?.manifest;
      await verifySignature(digest, key, signatures, archive.blob, what);
    }
    plugins.push({ plugin: pluginOf(await artifactOf(manifest, archive.blob, what), what), digest });
  }
  if (plugins.length === 0) throw new CommandFailure(`Cannot load ${path} as there is no plugin in it`);
  refuseFirstParty(plugins.map(({ plugin }) => plugin), target, libDir());
  const placed = await writePlugins(plugins.map(({ plugin }) => plugin), target);
  writtenLines(plugins.map((it, index) => ({ ...it, ...placed[index]! })), options, output);
}
