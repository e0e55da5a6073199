import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { packTar, type TarEntry } from "modern-tar";
import { CommandFailure } from "../output.ts";
import { Archive, packArchive } from "./archive.ts";
import { BLOB_LIMIT, blobOf, MANIFEST_TYPE } from "./blob.ts";
import { artifactOf } from "./image_manifest.ts";
import { pluginOf } from "./plugin_artifact.ts";
import { guestArtifact, guestFiles } from "./testing/guest.ts";

async function withFile(bytes: Uint8Array, body: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".tar" });
  try {
    await Deno.writeFile(path, bytes);
    await body(path);
  } finally {
    await Deno.remove(path);
  }
}

const guest = await guestArtifact();
const packed = await packArchive([{ name: "guest-1.0", artifact: guest }]);

Deno.test("an archive gives back what was packed, and is the same each time", () =>
  withFile(packed, async (path) => {
    const archive = await Archive.read(path);
    const [{ name, manifest } = { name: "", manifest: guest.manifest }, ...more] = await archive.manifests();
    assertEquals([name, manifest.descriptor.digest, more], ["guest-1.0", guest.manifest.descriptor.digest, []]);
    assertEquals(pluginOf(await artifactOf(manifest, archive.blob, "it"), "it").json, guestFiles().json);
    assertEquals(await packArchive([{ name: "guest-1.0", artifact: guest }]), packed);
  }));

const file = (name: string, body: string): TarEntry => ({
  header: { name, size: new TextEncoder().encode(body).length, type: "file" },
  body,
});
const LAYOUT = file("oci-layout", '{"imageLayoutVersion":"1.0.0"}');
const index = (...manifests: unknown[]) => file("index.json", JSON.stringify({ schemaVersion: 2, manifests }));
const BLOB = `blobs/sha256/${"a".repeat(64)}`;

for (
  const [what, entries, why] of [
    ["nothing", [], /is no OCI image layout/],
    ["no index", [LAYOUT], /is no OCI image layout/],
    ["a path with ..", [LAYOUT, index(), file("blobs/../../evil", "x")], /leads elsewhere: "blobs\/\.\.\/\.\.\/evil"/],
    ["an absolute path", [LAYOUT, index(), file("/etc/evil", "x")], /leads elsewhere: "\/etc\/evil"/],
    [
      "a link in the place of a blob",
      [LAYOUT, index(), { header: { name: BLOB, size: 0, type: "symlink", linkname: "/etc/shadow" } }],
      /is no file but a symlink/,
    ],
    ["a file twice", [LAYOUT, LAYOUT, index()], /has oci-layout twice/],
    ["an index that is no JSON", [LAYOUT, file("index.json", "{")], /as it is no JSON/],
    ["an index of another kind", [LAYOUT, file("index.json", '{"schemaVersion":2}')], /key "manifests"/],
  ] as [string, TarEntry[], RegExp][]
) {
  Deno.test(`an archive with ${what} is refused`, async () => {
    await withFile(await packTar(entries), async (path) => {
      const failure = await assertRejects(() => Archive.read(path), CommandFailure);
      assertMatch((failure as Error).message, why);
    });
  });
}

Deno.test("an archive with a file that is too large is refused by its header", async () => {
  const size = BLOB_LIMIT + 1;
  const small = await packTar([LAYOUT, index(), file(BLOB, "x")]);
  // The third header: its size, in octal, and the sum of its bytes.
  const header = small.subarray(2048, 2048 + 512);
  header.set(new TextEncoder().encode(`${size.toString(8).padStart(11, "0")}\0`), 124);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  await withFile(small, async (path) => {
    await Deno.truncate(path, 2560 + size + 1536);
    await assertRejects(() => Archive.read(path), CommandFailure, `${size} bytes, ${BLOB_LIMIT} are the limit`);
  });
});

Deno.test("an archive that was cut is refused", async () => {
  for (const length of [300, 700, packed.length - 1500 - (packed.length % 512)]) {
    await withFile(packed.subarray(0, length), async (path) => {
      await assertRejects(() => Archive.read(path), CommandFailure, `Cannot load ${path}: `);
    });
  }
  await assertRejects(() => Archive.read("/nonexistent.tar"), CommandFailure, "Cannot load /nonexistent.tar: ");
});

Deno.test("what an archive has in a blob's place is verified", async () => {
  const { descriptor } = await blobOf(MANIFEST_TYPE, new TextEncoder().encode("{}"));
  const name = `blobs/${descriptor.digest.replace(":", "/")}`;
  for (
    const [entries, why] of [
      [[file(name, "[]")], "as its digest is"],
      [[file(name, "{} ")], "as it has 3 bytes instead of 2"],
      [[], `lacks the blob ${descriptor.digest}`],
    ] as [TarEntry[], string][]
  ) {
    await withFile(await packTar([LAYOUT, index(descriptor), ...entries]), async (path) => {
      const archive = await Archive.read(path);
      await assertRejects(() => archive.manifests(), CommandFailure, why);
    });
  }
});
