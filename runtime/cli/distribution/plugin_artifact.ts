// A plugin as an artifact. Source: CNCF TAG Runtime, "Wasm OCI Artifact layout"
// (https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/).
//
// plugin.json travels as an annotation of the manifest, and not as a layer: other tools (wkg, and whatever uses the crate
// oci-wasm) refuse an artifact with another number of layers than one. The manifest's digest, and so a signature, covers
// it. `v8/` does not travel: it is JavaScript, and `plugin allow` makes it of the component.

import { componentNames } from "../../plugin/component_names.ts";
import { type Manifest, parseManifest } from "../../plugin/manifest.ts";
import { CommandFailure, printable } from "../output.ts";
import { type Artifact, blobOf, type Descriptor, jsonBlob, MANIFEST_TYPE } from "./blob.ts";
import { parseImageManifest } from "./image_manifest.ts";
import type { PluginFiles } from "./plugin_files.ts";

export const CONFIG_TYPE = "application/vnd.wasm.config.v0+json";
export const LAYER_TYPE = "application/wasm";
/** Of the manifest: the text of plugin.json, byte for byte. */
export const PLUGIN_ANNOTATION = "cnidaria.plugin.manifest.v1";
/** Characters of a plugin.json. */
const PLUGIN_LIMIT = 256 * 1024;

/** The same files make the same artifact: `created` is when the component was built. */
export async function artifactOfPlugin({ manifest, json, wasm, built }: PluginFiles): Promise<Artifact> {
  if (json.length > PLUGIN_LIMIT) {
    throw new CommandFailure(
      `Cannot pack plugin ${manifest.name} as its plugin.json is longer than ${PLUGIN_LIMIT} bytes`,
    );
  }
  // By this annotation oras names the file that it writes.
  const layer = await blobOf(LAYER_TYPE, wasm, { "org.opencontainers.image.title": "plugin.wasm" });
  const { imports, exports } = componentNames(wasm);
  const created = built.toISOString().replace(/\.\d+Z$/, "Z");
  const config = await jsonBlob(CONFIG_TYPE, {
    created,
    architecture: "wasm",
    os: "wasip2",
    layerDigests: [layer.descriptor.digest],
    component: { exports, imports },
  });
  const image = await jsonBlob(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: config.descriptor,
    layers: [layer.descriptor],
    annotations: {
      "org.opencontainers.image.created": created,
      "org.opencontainers.image.title": manifest.name,
      "org.opencontainers.image.version": manifest.version,
      "org.opencontainers.image.description": manifest.description,
      [PLUGIN_ANNOTATION]: json,
    },
  });
  return { manifest: image, blobs: [config, layer] };
}

/**
 * Looks at a manifest: of a plugin it is known by that alone.
 *
 * @param what it is, for messages
 * @throws {CommandFailure} if it is none of a plugin
 */
export function refuseOther(image: Uint8Array, what: string): void {
  layoutOf(image, what);
}

interface Layout {
  readonly config: Descriptor;
  readonly layer: Descriptor;
  /** The text of plugin.json. */
  readonly json: string;
}

function layoutOf(image: Uint8Array, what: string): Layout {
  const { config, layers, annotations } = parseImageManifest(image, `the manifest of ${what}`);
  const no = (why: string) => noPlugin(what, why);
  if (config.mediaType !== CONFIG_TYPE) throw no(`its config is ${config.mediaType}, not ${CONFIG_TYPE}`);
  const [layer] = layers;
  if (layers.length !== 1 || layer?.mediaType !== LAYER_TYPE) {
    throw no(
      `it must have one layer, of the type ${LAYER_TYPE}; it has ${layers.map((it) => it.mediaType).join(", ")}`,
    );
  }
  const json = annotations[PLUGIN_ANNOTATION];
  if (json === undefined) {
    throw no(`it has no annotation ${PLUGIN_ANNOTATION} with a plugin.json: \`cnidaria plugin push\` writes it`);
  }
  return { config, layer, json };
}

function noPlugin(what: string, why: string): CommandFailure {
  return new CommandFailure(printable(`Cannot use ${what} as a plugin: ${why}`));
}

/**
 * The plugin of an artifact whose blobs are verified.
 *
 * @param what it is, for messages
 * @throws {CommandFailure} if it is none, or its parts do not belong together
 */
export function pluginOf({ manifest: image, blobs }: Artifact, what: string): PluginFiles {
  const { config, layer, json } = layoutOf(image.bytes, what);
  const no = (why: string) => noPlugin(what, why);
  if (json.length > PLUGIN_LIMIT) throw no(`its plugin.json is longer than ${PLUGIN_LIMIT} bytes`);
  const manifest = parsed(json, what);
  const wasm = blobs.find(({ descriptor }) => descriptor.digest === layer.digest)!.bytes;
  if (`sha256:${manifest.build?.digest}` !== layer.digest) {
    throw no(`its component is ${layer.digest}, build.digest of its plugin.json is ${manifest.build?.digest}`);
  }
  const made = blobs.find(({ descriptor }) => descriptor.digest === config.digest)!.bytes;
  return { manifest, json, wasm, built: createdOf(made) };
}

function parsed(json: string, what: string): Manifest {
  try {
    return parseManifest(json, `plugin.json of ${what}`);
  } catch (error) {
    throw new CommandFailure(printable((error as Error).message));
  }
}

/** A config without a time is that of the beginning of time. */
function createdOf(config: Uint8Array): Date {
  try {
    const time = new Date(JSON.parse(new TextDecoder().decode(config)).created);
    return Number.isNaN(time.getTime()) ? new Date(0) : time;
  } catch {
    return new Date(0);
  }
}
