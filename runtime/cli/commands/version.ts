// `cnidaria version`.

import { CNI_VERSIONS } from "../../cni/version.ts";
import { openEngine } from "../../engine/open_engine.ts";
import { cacheDir, libDir } from "../../paths.ts";
import { type Output, table } from "../output.ts";
import { PROGRAM_VERSION } from "../../program_version.ts";

export async function version(options: { json?: boolean }, output: Output): Promise<void> {
  const versions = {
    cnidaria: PROGRAM_VERSION,
    engine: await engineVersion(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    cni: CNI_VERSIONS,
  };
  if (options.json === true) return output.json(versions);
  const rows = Object.entries(versions).map((
    [name, value],
  ) => [name, Array.isArray(value) ? value.join(" ") : `${value}`]);
  for (const line of table(["PART", "VERSION"], rows)) output.line(line);
}

async function engineVersion(): Promise<string> {
  try {
    const engine = await openEngine("auto", { libDir: libDir(), cacheDir: cacheDir() });
    engine.close();
    return `${engine.name} ${engine.version}`;
  } catch (error) {
    return `none: ${(error as Error).message}`;
  }
}
