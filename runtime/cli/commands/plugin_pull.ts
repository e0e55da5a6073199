// `cnidaria plugin pull`: a plugin from a registry into a folder.

import { libDir } from "../../paths.ts";
import { Registries } from "../distribution/fetched.ts";
import { pluginOf } from "../distribution/plugin_artifact.ts";
import { parseMirror, parseReference, referenceText } from "../distribution/reference.ts";
import { readKey } from "../distribution/signing_key.ts";
import { refuseFirstParty, targetOf, writePlugins } from "../distribution/plugin_target.ts";
import { writtenLines } from "../distribution/written.ts";
import type { Output } from "../output.ts";

export interface PullOptions {
  readonly ca?: string;
  readonly plainHttp: boolean;
  readonly mirror: readonly string[];
  readonly verify?: string;
  readonly digest?: string;
  readonly out?: string;
  readonly install?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Nothing is written before everything was fetched and verified. */
export async function pluginPull(text: string, options: PullOptions, output: Output): Promise<void> {
  const reference = parseReference(text, options.digest);
  const mirrors = options.mirror.map(parseMirror);
  const target = targetOf(options, libDir());
  const key = options.verify === undefined ? undefined : readKey(options.verify, "public");
  using registries = new Registries(options);
  const what = referenceText(reference);
  const { artifact } = await registries.fetch(reference, mirrors, { key }, output);
  const { digest } = artifact.manifest.descriptor;
  const plugin = pluginOf(artifact, what);
  refuseFirstParty([plugin], target, libDir());
  const [placed] = await writePlugins([plugin], target);
  writtenLines([{ plugin, digest, ...placed! }], options, output);
}
