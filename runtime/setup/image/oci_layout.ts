// A root file system as an image with one layer, in an OCI image layout (OCI image specification, image-layout.md). The
// same files make the same digest: names are in order, times and owners are fixed.

import { createHash, type Hash } from "node:crypto";
import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import { imageConfig } from "./image_config.ts";

/** gzip's: the layer is a quarter larger than with 6, and made in a third of the time. */
const LEVEL = 3;
const TAR = [
  ...["--create", "--sort=name", "--format=posix", "--pax-option=delete=atime,delete=ctime"],
  ...["--owner=0", "--group=0", "--numeric-owner"],
];

/**
 * Writes the image.
 *
 * @param folder of the layout; made anew
 * @param epoch the time that all files have, seconds since 1970 (SOURCE_DATE_EPOCH)
 * @param tag by which tools name it
 * @returns the digest of the manifest: it names the image
 */
export async function writeLayout(rootFs: string, folder: string, epoch: number, tag: string): Promise<string> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${folder}/blobs/sha256`, { recursive: true });
  const layer = await writeLayer(rootFs, folder, epoch);
  const config = await putJson(folder, "config", imageConfig(layer.diffId, epoch));
  const { digest, size } = layer;
  const manifest = await putJson(folder, "manifest", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size }],
  });
  const annotations = { "org.opencontainers.image.ref.name": tag };
  const platform = { architecture: "amd64", os: "linux" };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, platform, annotations }] };
  await Deno.writeTextFile(`${folder}/index.json`, JSON.stringify(index));
  await Deno.writeTextFile(`${folder}/oci-layout`, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return manifest.digest;
}

async function writeLayer(rootFs: string, folder: string, epoch: number) {
  const child = new Deno.Command("tar", {
    args: [...TAR, `--mtime=@${epoch}`, "--directory", rootFs, "."],
    env: { LC_ALL: "C" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const [plain, packed] = [createHash("sha256"), createHash("sha256")];
  const temporary = `${folder}/layer`;
  const gzip = createGzip({ level: LEVEL });
  Readable.from(hashed(child.stdout, plain)).pipe(gzip);
  await Deno.writeFile(temporary, ReadableStream.from(hashed(gzip, packed)));
  const { code } = await child.status;
  if (code !== 0) throw new Error(`Cannot write the image's layer as tar ended with ${code}: ${rootFs}`);
  const name = packed.digest("hex");
  await Deno.rename(temporary, `${folder}/blobs/sha256/${name}`);
  const { size } = await Deno.stat(`${folder}/blobs/sha256/${name}`);
  return { digest: `sha256:${name}`, size, diffId: `sha256:${plain.digest("hex")}` };
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk as Uint8Array<ArrayBuffer>;
  }
}

async function putJson(folder: string, kind: "config" | "manifest", value: unknown) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const name = createHash("sha256").update(bytes).digest("hex");
  await Deno.writeFile(`${folder}/blobs/sha256/${name}`, bytes);
  return { mediaType: `application/vnd.oci.image.${kind}.v1+json`, digest: `sha256:${name}`, size: bytes.length };
}
