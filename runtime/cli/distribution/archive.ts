// Artifacts in a file, for nodes without a network: an OCI image layout as a tar archive, which skopeo (`oci-archive:`) and
// oras read too. Source: the OCI image specification 1.1, image-layout.md.

import { createTarDecoder, packTar, type TarEntry } from "modern-tar";
import { CommandFailure, printable } from "../output.ts";
import { fromHere } from "../plugin/subject.ts";
import { type Artifact, type Blob, BLOB_LIMIT, type BlobSource, type Descriptor, verified } from "./blob.ts";
import { type ImageIndex, parseImageIndex } from "./image_manifest.ts";

/** By it the entries of an index are named. */
const NAME = "org.opencontainers.image.ref.name";
const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
/** Bytes of all blobs of an archive: they are held in memory. */
const ARCHIVE_LIMIT = 512 * 1024 * 1024;
const ENTRIES_LIMIT = 10_000;
const BLOB_NAME = /^blobs\/sha256\/([0-9a-f]{64})$/;

export interface Named {
  readonly name: string;
  readonly artifact: Artifact;
}

/** The same artifacts make the same archive. */
export async function packArchive(all: readonly Named[]): Promise<Uint8Array<ArrayBuffer>> {
  const blobs = new Map(
    all.flatMap(({ artifact }) => [artifact.manifest, ...artifact.blobs]).map((it) => [it.descriptor.digest, it.bytes]),
  );
  const manifests = all.map(({ name, artifact: { manifest: { descriptor } } }) => ({
    ...descriptor,
    annotations: { [NAME]: name },
  }));
  const entry = (name: string, body: string | Uint8Array<ArrayBuffer>): TarEntry => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return { header: { name, size: bytes.length, type: "file", mode: 0o644, mtime: new Date(0) }, body: bytes };
  };
  const folder = (name: string): TarEntry => ({
    header: { name, size: 0, type: "directory", mode: 0o755, mtime: new Date(0) },
  });
  return await packTar([
    entry("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" })),
    entry("index.json", JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests })),
    folder("blobs/"),
    folder("blobs/sha256/"),
    ...[...blobs].sort(([a], [b]) => a < b ? -1 : 1).map(([digest, bytes]) =>
      entry(`blobs/${digest.replace(":", "/")}`, bytes)
    ),
  ]);
}

/** An archive that was read. Nothing of it is verified but what `manifests` answers. */
export class Archive {
  private constructor(
    /** For messages. */
    readonly path: string,
    private readonly index: ImageIndex,
    private readonly blobs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  ) {}

  /** @throws {CommandFailure} if it is no image layout, or larger than it may be */
  static async read(path: string): Promise<Archive> {
    const no = (why: string) => new CommandFailure(`Cannot load ${path}: ${why}`);
    let files;
    try {
      const file = await Deno.open(fromHere(path));
      files = await readFiles(file.readable);
    } catch (error) {
      throw no((error as Error).message);
    }
    const layout = files.get("oci-layout");
    const index = files.get("index.json");
    if (layout === undefined || index === undefined) {
      throw no("it is no OCI image layout, which has oci-layout and index.json");
    }
    return new Archive(path, parseImageIndex(index, `index.json of ${path}`), files);
  }

  /** Those that are named, each verified against the index. */
  async manifests(): Promise<{ name: string; manifest: Blob }[]> {
    return await Promise.all(this.index.manifests.map(async (descriptor) => {
      const name = printable(descriptor.annotations?.[NAME] ?? descriptor.digest);
      const what = `${name} of ${this.path}`;
      return { name, manifest: await verified(descriptor, await this.blob(descriptor), what) };
    }));
  }

  readonly blob: BlobSource = ({ digest }: Descriptor) => {
    const bytes = this.blobs.get(`blobs/${digest.replace(":", "/")}`);
    if (bytes !== undefined) return Promise.resolve(bytes);
    return Promise.reject(new CommandFailure(`Cannot use ${this.path} as it lacks the blob ${digest}`));
  };
}

/** The files of a layout; whatever else is in the archive is not kept. */
async function readFiles(stream: ReadableStream<Uint8Array>): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let left = ARCHIVE_LIMIT;
  let entries = 0;
  for await (const { header, body } of stream.pipeThrough(createTarDecoder({ strict: true }))) {
    const name = header.name.replace(/^\.\//, "");
    if (++entries > ENTRIES_LIMIT) throw new Error(`it has more than ${ENTRIES_LIMIT} entries`);
    if (name.startsWith("/") || name.split("/").includes("..")) {
      throw new Error(`it has an entry with a path that leads elsewhere: ${JSON.stringify(header.name)}`);
    }
    const counts = BLOB_NAME.test(name) || name === "oci-layout" || name === "index.json";
    if (!counts || header.type === "directory") {
      await body.cancel();
      continue;
    }
    if (header.type !== undefined && header.type !== "file") throw new Error(`${name} is no file but a ${header.type}`);
    if (header.size > BLOB_LIMIT) throw new Error(`${name} has ${header.size} bytes, ${BLOB_LIMIT} are the limit`);
    if ((left -= header.size) < 0) throw new Error(`its files have more than ${ARCHIVE_LIMIT} bytes`);
    if (files.has(name)) throw new Error(`it has ${name} twice`);
    const bytes = new Uint8Array(await new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
    if (bytes.length !== header.size) throw new Error(`${name} ends after ${bytes.length} of ${header.size} bytes`);
    files.set(name, bytes);
  }
  return files;
}
