// A folder of policies compiled by the component that the agent uses, with the program's own engine.

import { openEngine } from "../../engine/open_engine.ts";
import { cacheDir, libDir, stateDir } from "../../paths.ts";
import { findPlugin } from "../../plugin/registry.ts";
import { PolicyComponent } from "../../policy/compiler.ts";
import { type CompiledFolder, compileFolder } from "../../policy/folder/compiled_folder.ts";
import { readFolder } from "../../policy/folder/folder.ts";
import { engineChoice } from "../engine_choice.ts";
import { CommandFailure, type Output } from "../output.ts";
import { problemLines } from "./problem_lines.ts";

/** The component's name, and that of its table. */
export const PLUGIN = "policy";

/**
 * Compiles it, whatever is wrong in it.
 *
 * @param isLocal whether pods of a node are judged by the table; not given: all pods
 * @throws {CommandFailure}
 */
export async function compile(
  dir: string,
  output: Output,
  isLocal?: (node: string) => boolean,
): Promise<CompiledFolder> {
  const folder = readFolder(dir);
  if (findPlugin(libDir(), PLUGIN) === undefined) {
    throw new CommandFailure(
      `Cannot compile network policies as the component ${PLUGIN} is not in ${libDir()}/plugins: install cnidaria anew`,
    );
  }
  const log = (text: string) => output.complain(text);
  // The form in which an installation has it compiled already, for the agent.
  const files = { libDir: libDir(), cacheDir: cacheDir(), prepares: true, log };
  const engine = await openEngine(engineChoice(), files);
  try {
    using component = await PolicyComponent.open(PLUGIN, {
      libDir: libDir(),
      stateDir: permissionsDir(),
      openEngine: () => Promise.resolve(engine),
      log: (level, message) => level === "debug" || level === "info" ? undefined : output.complain(message),
    });
    const compiler = component.compiler({ logPerSecond: 0 });
    try {
      return compileFolder(folder, compiler, isLocal);
    } finally {
      compiler.close();
    }
  } finally {
    engine.close();
  }
}

/**
 * The same, for who can do nothing with a part of it.
 *
 * @returns undefined where something is wrong, which it has told
 */
export async function compileSound(...args: Parameters<typeof compile>): Promise<CompiledFolder | undefined> {
  const compiled = await compile(...args);
  if (compiled.problems.length === 0) return compiled;
  for (const line of problemLines(compiled.problems)) args[1].complain(line);
  return undefined;
}

/** What an administrator has allowed is root's to read: for others the component that came with the program runs. */
function permissionsDir(): string {
  try {
    Deno.readDirSync(stateDir());
    return stateDir();
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? stateDir() : libDir();
  }
}
