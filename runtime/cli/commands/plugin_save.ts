// `cnidaria plugin save`: plugins into an archive.

import { writeAtomically } from "../../atomic_file.ts";
import { libDir } from "../../paths.ts";
import type { Manifest } from "../../plugin/manifest.ts";
import { type Named, packArchive } from "../distribution/archive.ts";
import type { Artifact } from "../distribution/blob.ts";
import { Registries } from "../distribution/fetched.ts";
import { artifactOf } from "../distribution/image_manifest.ts";
import { artifactOfPlugin, pluginOf } from "../distribution/plugin_artifact.ts";
import { readPlugin } from "../distribution/plugin_files.ts";
import { isHost, type Mirror, parseMirror, parseReference } from "../distribution/reference.ts";
import { signatureTag, signed } from "../distribution/signature.ts";
import { readKey } from "../distribution/signing_key.ts";
import { CommandFailure, type Output } from "../output.ts";
import { fromHere } from "../plugin/subject.ts";

export interface SaveOptions {
  readonly ca?: string;
  readonly plainHttp: boolean;
  readonly mirror: readonly string[];
  readonly out: string;
  readonly sign?: string;
  readonly json?: boolean;
}

interface Saved {
  readonly manifest: Manifest;
  readonly artifact: Artifact;
  readonly signatures: Artifact | undefined;
}

/** @param words folders, names of installed plugins, and references */
export async function pluginSave(words: readonly string[], options: SaveOptions, output: Output): Promise<void> {
  const mirrors = options.mirror.map(parseMirror);
  const key = options.sign === undefined ? undefined : readKey(options.sign, "private");
  using registries = new Registries(options);
  const all: Named[] = [];
  const digests = new Map<string, string>();
  for (const word of words) {
    const { manifest: { name, version }, artifact, signatures } = isReference(word)
      ? await fetched(registries, word, mirrors, output)
      : await local(word);
    if (digests.has(name)) {
      throw new CommandFailure(`Cannot save plugin ${name} twice, none could load that: ${word}`, 2);
    }
    const { digest } = artifact.manifest.descriptor;
    digests.set(name, digest);
    // As a tag is written, so that oras takes it for one.
    all.push({ name: `${name}-${version.replaceAll(/[^\w.-]/g, "_")}`, artifact });
    const made = key === undefined ? signatures : await signed(digest, name, key, signatures);
    if (made !== undefined) all.push({ name: signatureTag(digest), artifact: made });
  }
  await writeAtomically(fromHere(options.out), await packArchive(all), 0o644).catch((error) => {
    throw new CommandFailure((error as Error).message);
  });
  if (options.json === true) return output.json({ file: options.out, plugins: Object.fromEntries(digests) });
  for (const [name, digest] of digests) output.line(`${name}  ${digest}`);
}

/** A path that begins like a host does not exist: `./` before it makes it a path whatever exists. */
function isReference(word: string): boolean {
  const slash = word.indexOf("/");
  if (slash <= 0 || word.startsWith(".") || !isHost(word.slice(0, slash))) return false;
  try {
    return !Deno.statSync(fromHere(word)).isDirectory;
  } catch {
    return true;
  }
}

async function local(word: string): Promise<Saved> {
  const plugin = await readPlugin(word, libDir());
  return { manifest: plugin.manifest, artifact: await artifactOfPlugin(plugin), signatures: undefined };
}

async function fetched(
  registries: Registries,
  word: string,
  mirrors: readonly Mirror[],
  output: Output,
): Promise<Saved> {
  const { artifact, signatures, source } = await registries.fetch(
    parseReference(word),
    mirrors,
    { signatures: true },
    output,
  );
  return {
    manifest: pluginOf(artifact, word).manifest,
    artifact,
    signatures: signatures && await artifactOf(signatures, source, `the signatures of ${word}`),
  };
}
