// Signatures in cosign's format, which cosign makes and verifies as well: an artifact beside the signed one, whose layers
// are signed statements. Source: sigstore/cosign, specs/SIGNATURE_SPEC.md, and containers/image, docs/containers-signature.5
// ("simple signing") for the statement.

import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { CommandFailure } from "../output.ts";
import {
  type Artifact,
  type Blob,
  blobOf,
  type BlobSource,
  type Descriptor,
  jsonBlob,
  MANIFEST_TYPE,
  verified,
} from "./blob.ts";
import { parseImageManifest } from "./image_manifest.ts";

const STATEMENT_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const STATEMENT = "cosign container image signature";
/** In bytes, of a signed statement. */
const STATEMENT_LIMIT = 64 * 1024;

/** The tag of an artifact's signatures, in the same repository. */
export function signatureTag(digest: string): string {
  return `${digest.replace(":", "-")}.sig`;
}

/** What is hashed before it is signed: Ed25519 does that by itself. */
const hashFor = (key: KeyObject) => key.asymmetricKeyType === "ed25519" ? null : "sha256";

/**
 * Signs a manifest's digest.
 *
 * @param name of the repository: the statement has it, and it is not verified, so a mirror's copy is as good
 * @param earlier signatures that are there already: those of other keys stay
 */
export async function signed(
  digest: string,
  name: string,
  key: KeyObject,
  earlier?: Artifact,
): Promise<Artifact> {
  const statement = new TextEncoder().encode(JSON.stringify({
    critical: {
      identity: { "docker-reference": name },
      image: { "docker-manifest-digest": digest },
      type: STATEMENT,
    },
    optional: null,
  }));
  const signature = sign(hashFor(key), statement, key).toString("base64");
  const layer = await blobOf(STATEMENT_TYPE, statement, { [SIGNATURE_ANNOTATION]: signature });
  const before = earlier === undefined ? [] : othersOf(earlier, key);
  const layers = [...before, layer];
  const config = await jsonBlob(CONFIG_TYPE, {
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
  });
  const manifest = await jsonBlob(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { manifest, blobs: [config, ...layers] };
}

/** Those of other keys: what this one signs anew replaces what it had signed. */
function othersOf({ manifest, blobs }: Artifact, key: KeyObject): Blob[] {
  const own = createPublicKey(key);
  return parseImageManifest(manifest.bytes, "the signatures that are there").layers
    .map((it) => ({ descriptor: it, bytes: blobs.find(({ descriptor }) => descriptor.digest === it.digest)!.bytes }))
    .filter(({ descriptor, bytes }) => !isSignedBy(own, bytes, signatureIn(descriptor)));
}

function isStatement({ mediaType, size }: Descriptor): boolean {
  return mediaType === STATEMENT_TYPE && size <= STATEMENT_LIMIT;
}

function signatureIn({ annotations }: Descriptor): Uint8Array {
  return Buffer.from(annotations?.[SIGNATURE_ANNOTATION] ?? "", "base64");
}

/**
 * Verifies that one of the signatures is this key's, of this digest.
 *
 * @param signatures their manifest; undefined where there is none
 * @param what it is, for messages
 * @throws {CommandFailure} if none is
 */
export async function verifySignature(
  digest: string,
  key: KeyObject,
  signatures: Blob | undefined,
  source: BlobSource,
  what: string,
): Promise<void> {
  if (signatures === undefined) throw new CommandFailure(`Cannot trust ${what} as it has no signature`);
  const { layers } = parseImageManifest(signatures.bytes, `the signatures of ${what}`);
  let others = 0;
  for (const layer of layers.filter(isStatement)) {
    const { bytes } = await verified(layer, await source(layer), `a signature of ${what}`);
    if (!isSignedBy(key, bytes, signatureIn(layer))) continue;
    if (digestIn(bytes) === digest) return;
    others++;
  }
  throw new CommandFailure(
    `Cannot trust ${what} as ${
      others > 0
        ? `what the key has signed is another artifact than ${digest}`
        : "none of its signatures is of that key"
    }`,
  );
}

function isSignedBy(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(hashFor(key), bytes, key, signature);
  } catch {
    // What is no signature at all.
    return false;
  }
}

/** The digest of which a statement speaks. */
function digestIn(statement: Uint8Array): string | undefined {
  try {
    const { critical } = JSON.parse(new TextDecoder().decode(statement));
    return critical.type === STATEMENT ? critical.image["docker-manifest-digest"] : undefined;
  } catch {
    return undefined;
  }
}
