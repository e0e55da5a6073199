// For tests: the artifact of a plugin that is the smallest component.

import { EMPTY_COMPONENT, EMPTY_DIGEST } from "../../../plugin/admission/testing/installation.ts";
import { parseManifest } from "../../../plugin/manifest.ts";
import type { Artifact } from "../blob.ts";
import { artifactOfPlugin } from "../plugin_artifact.ts";
import type { PluginFiles } from "../plugin_files.ts";

/** @param change keys of plugin.json that are not as usual */
export function guestFiles(change: Record<string, unknown> = {}): PluginFiles {
  const usual = { name: "guest", version: "1.0", description: "a guest", imports: [], build: { digest: EMPTY_DIGEST } };
  const json = JSON.stringify({ ...usual, ...change });
  return {
    manifest: parseManifest(json, "plugin.json"),
    json,
    wasm: EMPTY_COMPONENT,
    built: new Date(1_700_000_000_500),
  };
}

export function guestArtifact(change: Record<string, unknown> = {}): Promise<Artifact> {
  return artifactOfPlugin(guestFiles(change));
}
