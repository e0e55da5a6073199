// A container image made of one static busybox, as an OCI image layout in a tar file. No registry is asked.

import { must } from "./command.ts";

/** Where Debian's busybox-static installs. */
export const BUSYBOX = "/bin/busybox";

/** Name by which the imported image is run. */
export const IMAGE = "docker.io/cnidaria/busybox:test";

/**
 * Writes the image to `directory`.
 * @param command what a container of it runs where nothing else is asked for
 * @returns path of the tar file, for `ctr image import`
 */
export async function busyboxImage(directory: string, command: readonly string[] = ["sh"]): Promise<string> {
  const layout = `${directory}/layout`;
  await Deno.mkdir(`${layout}/blobs/sha256`, { recursive: true });
  const layer = await layerOf(directory);
  const layerDigest = await put(layout, layer);
  const rootfs = { type: "layers", diff_ids: [layerDigest] };
  const platform = { architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64", os: "linux" };
  const config = encode({ ...platform, config: { Env: ["PATH=/bin"], Cmd: command }, rootfs });
  const manifest = encode({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: await descriptor(layout, "application/vnd.oci.image.config.v1+json", config),
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layerDigest, size: layer.length }],
  });
  const entry = await descriptor(layout, "application/vnd.oci.image.manifest.v1+json", manifest);
  const annotations = { "io.containerd.image.name": IMAGE, "org.opencontainers.image.ref.name": "test" };
  const index = { schemaVersion: 2, manifests: [{ ...entry, platform, annotations }] };
  await Deno.writeFile(`${layout}/index.json`, encode(index));
  await Deno.writeFile(`${layout}/oci-layout`, encode({ imageLayoutVersion: "1.0.0" }));
  await must(["tar", "-C", layout, "-cf", `${directory}/image.tar`, "."]);
  return `${directory}/image.tar`;
}

async function layerOf(directory: string): Promise<Uint8Array<ArrayBuffer>> {
  const root = `${directory}/rootfs`;
  for (const folder of ["bin", "proc", "sys", "dev", "etc", "tmp"]) {
    await Deno.mkdir(`${root}/${folder}`, { recursive: true });
  }
  await Deno.copyFile(BUSYBOX, `${root}/bin/busybox`);
  for (const name of ["sh", "ip", "ping", "cat", "sleep"]) await Deno.symlink("busybox", `${root}/bin/${name}`);
  await must(["tar", "-C", root, "--owner=0", "--group=0", "-cf", `${directory}/layer.tar`, "."]);
  return await Deno.readFile(`${directory}/layer.tar`);
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

async function descriptor(layout: string, mediaType: string, bytes: Uint8Array<ArrayBuffer>) {
  return { mediaType, digest: await put(layout, bytes), size: bytes.length };
}

async function put(layout: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  await Deno.writeFile(`${layout}/blobs/sha256/${hash.toHex()}`, bytes);
  return `sha256:${hash.toHex()}`;
}
