import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EMPTY_DIGEST } from "../../plugin/admission/testing/installation.ts";
import { CommandFailure } from "../output.ts";
import { type Artifact, blobOf, jsonBlob, MANIFEST_TYPE } from "./blob.ts";
import { CONFIG_TYPE, LAYER_TYPE, PLUGIN_ANNOTATION, pluginOf } from "./plugin_artifact.ts";
import { guestArtifact, guestFiles } from "./testing/guest.ts";

const text = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

Deno.test("a plugin's artifact has the Wasm layout: one layer, and a config that names it", async () => {
  const { manifest, blobs: [config, layer] } = await guestArtifact();
  const image = text(manifest.bytes);
  assertEquals([image.schemaVersion, image.mediaType, image.config.mediaType], [2, MANIFEST_TYPE, CONFIG_TYPE]);
  assertEquals(image.layers.map((it: { mediaType: string }) => it.mediaType), [LAYER_TYPE]);
  assertEquals(image.annotations[PLUGIN_ANNOTATION], guestFiles().json);
  assertEquals(image.annotations["org.opencontainers.image.version"], "1.0");
  assertEquals(text(config!.bytes), {
    created: "2023-11-14T22:13:20Z",
    architecture: "wasm",
    os: "wasip2",
    layerDigests: [`sha256:${EMPTY_DIGEST}`],
    component: { imports: [], exports: [] },
  });
  assertEquals(layer!.descriptor.digest, `sha256:${EMPTY_DIGEST}`);
});

Deno.test("a plugin comes out of its artifact as it went in, and the artifact of that is the same", async () => {
  const artifact = await guestArtifact();
  const { json, wasm, built } = pluginOf(artifact, "it");
  assertEquals([json, wasm, built.getTime()], [guestFiles().json, guestFiles().wasm, 1_700_000_000_000]);
  assertEquals((await guestArtifact()).manifest.descriptor, artifact.manifest.descriptor);
});

Deno.test("a plugin.json that is too long for an annotation is refused", async () => {
  await assertRejects(() => guestArtifact({ description: "x".repeat(300_000) }), CommandFailure, "longer than");
});

// deno-lint-ignore no-explicit-any
type Change = (image: any) => void;

async function changed(change: Change): Promise<Artifact> {
  const { manifest, blobs } = await guestArtifact();
  const image = text(manifest.bytes);
  change(image);
  return { manifest: await jsonBlob(MANIFEST_TYPE, image), blobs };
}

const spare = (await blobOf("text/plain", new Uint8Array(1))).descriptor;

for (
  const [what, change, why] of [
    ["another config", (it) => it.config.mediaType = "application/vnd.oci.image.config.v1+json", "its config is"],
    ["a type that would move the cursor", (it) => it.config.mediaType = "\x1b[2J", "its config is \\u{1b}[2J"],
    ["no layer", (it) => it.layers = [], "it must have one layer"],
    ["a second layer", (it) => it.layers.push(spare), "it must have one layer"],
    ["a layer of another type", (it) => it.layers[0].mediaType = "application/gzip", "it has application/gzip"],
    ["no plugin.json", (it) => delete it.annotations, "`cnidaria plugin push` writes it"],
    ["a plugin.json that is too long", (it) => it.annotations[PLUGIN_ANNOTATION] = " ".repeat(300_000), "longer than"],
    [
      "a plugin.json for another component",
      (it) => it.annotations[PLUGIN_ANNOTATION] = guestFiles({ build: { digest: "f".repeat(64) } }).json,
      "build.digest of its plugin.json is ffff",
    ],
    [
      "a plugin.json without a digest",
      (it) => it.annotations[PLUGIN_ANNOTATION] = guestFiles({ build: undefined }).json,
      "build.digest of its plugin.json is undefined",
    ],
    ["a name that leads elsewhere", (it) => {
      it.annotations[PLUGIN_ANNOTATION] = guestFiles().json.replace('"guest"', '"../guest"');
    }, 'its key "name" is invalid'],
    ["another version of the schema", (it) => it.schemaVersion = 1, '"schemaVersion" is 1'],
    ["a digest of another kind", (it) => it.layers[0].digest = "sha512:00", '"layers.0.digest"'],
    ["a layer that is too large", (it) => it.layers[0].size = 2 ** 40, '"layers.0.size"'],
  ] as [string, Change, string][]
) {
  Deno.test(`pluginOf() refuses an artifact with ${what}`, async () => {
    const artifact = await changed(change);
    assertThrows(() => pluginOf(artifact, "it"), Error, why);
  });
}
