// `cnidaria install`: from a checkout (`deno task install-cni`), or from an installation to another folder.

import { resolve } from "node:path";
import { libDir, stateDir } from "../../paths.ts";
import { compile } from "../../setup/install/compile.ts";
import { findEntry, install, type Installation, uninstall } from "../../setup/install/install.ts";
import type { Places } from "../../setup/install/permissions.ts";
import { CommandFailure, type Output } from "../output.ts";

export interface InstallOptions {
  readonly prefix: string;
  readonly dropIn: readonly string[];
  readonly force: boolean;
  readonly uninstall: boolean;
  /** A network configuration that goes with it, and the folder it goes to. */
  readonly conf?: string;
  readonly confDir: string;
}

/** @param dir the CNI bin folder */
export async function installCommand(dir: string, options: InstallOptions, output: Output): Promise<void> {
  const places: Places = { prefix: resolve(options.prefix), stateDir: stateDir(), binDir: resolve(dir) };
  try {
    if (options.uninstall) return (await uninstall(places)).forEach(output.line);
    const dist = libDir();
    const executable = await findExecutable(dist, places, output);
    const entry = await findEntry(dist);
    const { dropIn: dropIns, force, conf, confDir } = options;
    const configuration = conf === undefined ? undefined : { file: resolve(conf), folder: resolve(confDir) };
    const wanted: Installation = { ...places, dist, executable, entry, dropIns, force, configuration };
    (await install(wanted)).forEach(output.line);
  } catch (error) {
    throw new CommandFailure((error as Error).message);
  }
}

/** `cnidaria uninstall`. @param dir the CNI bin folder */
export async function uninstallCommand(dir: string, { prefix }: { prefix: string }, output: Output): Promise<void> {
  const none = { dropIn: [], force: false, confDir: "" };
  await installCommand(dir, { ...none, prefix, uninstall: true }, output);
}

/** The program itself if it is compiled; else what `deno compile` makes of a checkout; else Deno, for a launcher. */
async function findExecutable(dist: string, places: Places, output: Output): Promise<Installation["executable"]> {
  if (Deno.build.standalone) return { kind: "compiled", path: Deno.execPath() };
  if (!Deno.mainModule.endsWith(".ts")) return { kind: "deno", path: Deno.execPath() };
  const path = `${dist}/bin/cnidaria`;
  const failure = await compile(dist.slice(0, dist.lastIndexOf("/")), path, places);
  if (failure === undefined) return { kind: "compiled", path };
  output.line(`not compiled, as ${failure}`);
  return { kind: "deno", path: Deno.execPath() };
}
