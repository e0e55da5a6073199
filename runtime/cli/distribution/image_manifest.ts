// The manifest of an artifact, as anyone may have written it. Source: the OCI image specification 1.1, manifest.md.

import * as v from "valibot";
import { CommandFailure, printable } from "../output.ts";
import { type Artifact, type Blob, BLOB_LIMIT, type BlobSource, MANIFEST_TYPE, verified } from "./blob.ts";

const descriptor = v.object({
  mediaType: v.string(),
  digest: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
  size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(BLOB_LIMIT)),
  annotations: v.exactOptional(v.record(v.string(), v.string())),
});

const schema = v.object({
  schemaVersion: v.literal(2),
  mediaType: v.optional(v.literal(MANIFEST_TYPE), MANIFEST_TYPE),
  config: descriptor,
  layers: v.pipe(v.array(descriptor), v.maxLength(100)),
  annotations: v.optional(v.record(v.string(), v.string()), {}),
});

const indexSchema = v.object({
  schemaVersion: v.literal(2),
  manifests: v.pipe(v.array(descriptor), v.maxLength(1000)),
});

export type ImageManifest = v.InferOutput<typeof schema>;
export type ImageIndex = v.InferOutput<typeof indexSchema>;

/** @param what it is, for messages @throws {CommandFailure} naming the key */
export function parseImageManifest(bytes: Uint8Array, what: string): ImageManifest {
  return parse(schema, bytes, what);
}

/** @throws {CommandFailure} naming the key */
export function parseImageIndex(bytes: Uint8Array, what: string): ImageIndex {
  return parse(indexSchema, bytes, what);
}

function parse<T>(schema: v.GenericSchema<unknown, T>, bytes: Uint8Array, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new CommandFailure(`Cannot use ${what} as it is no JSON`);
  }
  const checked = v.safeParse(schema, json, { abortEarly: true });
  if (checked.success) return checked.output;
  const issue = checked.issues[0];
  throw new CommandFailure(printable(
    `Cannot use ${what} as its key ${JSON.stringify(v.getDotPath(issue) ?? "")} is ${issue.received.slice(0, 100)}, ` +
      `expected was ${issue.expected ?? issue.message}`,
  ));
}

/**
 * Gets what a manifest names, each blob verified.
 *
 * @param what it is, for messages
 */
export async function artifactOf(manifest: Blob, source: BlobSource, what: string): Promise<Artifact> {
  const { config, layers } = parseImageManifest(manifest.bytes, `the manifest of ${what}`);
  const blobs: Blob[] = [];
  const total = [config, ...layers].reduce((sum, { size }) => sum + size, 0);
  if (total > BLOB_LIMIT) {
    throw new CommandFailure(`Cannot use ${what} as it has ${total} bytes, at most ${BLOB_LIMIT} are taken`);
  }
  for (const each of [config, ...layers]) {
    const name = `${each === config ? "the config" : "a layer"} of ${what}, ${each.digest},`;
    blobs.push(await verified(each, await source(each), name));
  }
  return { manifest, blobs };
}
