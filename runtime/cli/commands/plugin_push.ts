// `cnidaria plugin push`: a plugin into a registry.

import { libDir } from "../../paths.ts";
import { artifactOf } from "../distribution/image_manifest.ts";
import { Registries } from "../distribution/fetched.ts";
import { artifactOfPlugin } from "../distribution/plugin_artifact.ts";
import { readPlugin } from "../distribution/plugin_files.ts";
import { parseReference } from "../distribution/reference.ts";
import { signatureTag, signed } from "../distribution/signature.ts";
import { readKey } from "../distribution/signing_key.ts";
import { CommandFailure, type Output } from "../output.ts";

export interface PushOptions {
  readonly ca?: string;
  readonly plainHttp: boolean;
  readonly sign?: string;
  readonly json?: boolean;
}

/** @param word a folder, or the name of an installed plugin */
export async function pluginPush(word: string, text: string, options: PushOptions, output: Output): Promise<void> {
  const reference = parseReference(text);
  if (reference.digest !== undefined) {
    throw new CommandFailure(`Cannot push to a digest, which comes of what is pushed: give a tag instead: ${text}`, 2);
  }
  const key = options.sign === undefined ? undefined : readKey(options.sign, "private");
  const plugin = await readPlugin(word, libDir());
  const artifact = await artifactOfPlugin(plugin);
  const { digest } = artifact.manifest.descriptor;
  using registries = new Registries(options);
  const repository = registries.repository(reference);
  // The tag last: whoever pulls by it finds the signature.
  if (key !== undefined) {
    const tag = signatureTag(digest);
    const there = await repository.manifest(tag);
    const earlier = there && await artifactOf(there, repository.blob, `${repository.name} ${tag}`);
    await repository.push(await signed(digest, repository.name, key, earlier), tag);
  }
  await repository.push(artifact, reference.tag!);
  if (options.json === true) {
    const { name, version } = plugin.manifest;
    return output.json({ name, version, reference: text, digest, signed: key !== undefined });
  }
  output.line(digest);
}
