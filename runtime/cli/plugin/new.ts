// `cnidaria plugin new`: a plugin that works, to begin from.

import { isPluginName } from "../../plugin/registry.ts";
import { CommandFailure, type Output } from "../output.ts";
import { checkoutRoot, optionsTable, rust, typescript } from "./checkout.ts";
import { fromHere, isFile } from "./subject.ts";

/** @param path its last part is the plugin's name */
export async function pluginNew(path: string, { lang }: { lang: "ts" | "rust" }, output: Output): Promise<void> {
  const dir = fromHere(path);
  const name = dir.slice(dir.lastIndexOf("/") + 1);
  if (!isPluginName(name)) {
    throw new CommandFailure(
      `Cannot name a plugin ${JSON.stringify(name)}: small letters, digits and hyphens, with a letter or digit first`,
      2,
    );
  }
  const root = checkoutRoot("make a plugin");
  if (name.startsWith("cnidaria") || isFile(`${root}plugins/${name}/plugin.json`)) {
    throw new CommandFailure(`Cannot name a plugin ${name}: that is cnidaria's own`, 2);
  }
  if (isFile(`${dir}/plugin.json`)) throw new CommandFailure(`Cannot make ${dir} as there is a plugin already`);
  const files = await filesOf(name, lang, root);
  const taken = Object.keys(files).find((file) => isFile(`${dir}/${file}`));
  if (taken !== undefined) throw new CommandFailure(`Cannot make ${dir} as there is a ${taken} already`);
  for (const [file, text] of Object.entries(files)) {
    const target = `${dir}/${file}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(target, text, { createNew: true }).catch((error) => {
      throw new CommandFailure(`Cannot write ${target}: ${error.message}`);
    });
  }
  if (lang === "ts") await (await optionsTable()).updateReadme(dir);
  for (const file of Object.keys(files).sort()) output.line(`${dir}/${file}`);
  output.line("");
  output.line(`Next: cnidaria plugin test ${path}, then run, bench, build, install`);
}

async function filesOf(name: string, lang: "ts" | "rust", root: string): Promise<Record<string, string>> {
  if (lang === "rust") return (await rust()).rustTemplate(name);
  const { typescriptTemplate } = await typescript();
  const places = { config: `${root}deno.json`, types: `${root}host-funcs/wit/generated/all.d.ts` };
  return typescriptTemplate(name, places);
}
