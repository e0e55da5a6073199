// Bytes by their digest: what a registry and an image layout hold. Source: the OCI image specification 1.1, descriptor.md.

import { digestOf } from "../../setup/digest.ts";
import { CommandFailure } from "../output.ts";

export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What has a manifest: it, and what it names. */
export interface Artifact {
  readonly manifest: Blob;
  /** Config and layers. */
  readonly blobs: readonly Blob[];
}

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
/** In bytes: of a manifest, as the distribution specification wants registries to take at the least. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;
/** In bytes: of a layer or a config. Components are some 2 MB. */
export const BLOB_LIMIT = 64 * 1024 * 1024;

/** Gets the bytes of a blob, as they are found: nobody has verified them. */
export type BlobSource = (descriptor: Descriptor) => Promise<Uint8Array<ArrayBuffer>>;

export async function blobOf(
  mediaType: string,
  bytes: Uint8Array<ArrayBuffer>,
  annotations?: Readonly<Record<string, string>>,
): Promise<Blob> {
  const digest = `sha256:${await digestOf(bytes)}`;
  return {
    descriptor: { mediaType, digest, size: bytes.length, ...annotations !== undefined && { annotations } },
    bytes,
  };
}

export async function jsonBlob(mediaType: string, value: unknown): Promise<Blob> {
  return await blobOf(mediaType, new TextEncoder().encode(JSON.stringify(value)));
}

/** @throws {CommandFailure} if the bytes are others than the descriptor says */
export async function verified(descriptor: Descriptor, bytes: Uint8Array<ArrayBuffer>, what: string): Promise<Blob> {
  if (bytes.length !== descriptor.size) {
    throw new CommandFailure(`Cannot use ${what} as it has ${bytes.length} bytes instead of ${descriptor.size}`);
  }
  const found = `sha256:${await digestOf(bytes)}`;
  if (found !== descriptor.digest) {
    throw new CommandFailure(`Cannot use ${what} as its digest is ${found} instead of ${descriptor.digest}`);
  }
  return { descriptor, bytes };
}
