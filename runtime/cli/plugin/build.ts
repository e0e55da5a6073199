// `cnidaria plugin build`: components of plugins' sources.

import { CommandFailure, type Output } from "../output.ts";
import { builder, optionsTable, outputFolder } from "./checkout.ts";
import { fromHere } from "./subject.ts";

export async function pluginBuild(
  dirs: readonly string[],
  { out }: { out?: string },
  output: Output,
): Promise<void> {
  const { buildPlugin } = await builder();
  const { updateReadme } = await optionsTable();
  if (out !== undefined && dirs.length > 1) {
    throw new CommandFailure("Cannot build several plugins into one folder: --out is for one", 2);
  }
  for (const dir of dirs) {
    const source = fromHere(dir);
    try {
      const began = performance.now();
      const folder = out === undefined ? await outputFolder(source) : fromHere(out);
      if (await updateReadme(source)) output.line(`${source}/README.md has the options as they are now`);
      const { digest, made, name, size } = await buildPlugin(source, folder);
      const took = made ? `built in ${Math.round(performance.now() - began)} ms` : "current";
      output.line(`${name}: ${took}, ${size} bytes, sha256 ${digest}, in ${folder}`);
    } catch (error) {
      throw new CommandFailure((error as Error).message);
    }
  }
}
