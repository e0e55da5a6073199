// The WIT world of one plugin: it imports and exports what its manifest names, and nothing else.

import { CONTRACT_VERSION } from "../../../host-funcs/wit/contract.ts";

const WIT = new URL("../../../host-funcs/wit/", import.meta.url);

/** What a component can be, see `Manifest` of the host. */
export type Exported = "cni" | "controller" | "policy";

/** Text of the world `plugin`. Interface names as in the manifest: `links`, `config-files`. */
export function worldText(imports: readonly string[], exported: Exported = "cni"): string {
  const lines = imports.map((name) => `  import ${name};`);
  return [`package cnidaria:cni@${CONTRACT_VERSION};`, "", "world plugin {", ...lines, `  export ${exported};`, "}", ""]
    .join("\n");
}

/** The contract and the plugin's world: text by file name. */
export function worldFiles(imports: readonly string[], exported: Exported = "cni"): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(WIT)) {
    if (name.endsWith(".wit") && name !== "worlds.wit") files[name] = Deno.readTextFileSync(new URL(name, WIT));
  }
  files["plugin-world.wit"] = worldText(imports, exported);
  return files;
}

/** Writes the contract and the plugin's world into `folder`. */
export async function writeWorld(folder: string, imports: readonly string[], exported: Exported): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(worldFiles(imports, exported))) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}
