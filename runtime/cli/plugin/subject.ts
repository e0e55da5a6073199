// The plugin that a command is about: a folder with its sources, which are built, or with its build.

import { resolve } from "node:path";
import { type Manifest, parseManifest } from "../../plugin/manifest.ts";
import type { BuiltPlugin } from "../../testkit/lib_folder.ts";
import { CommandFailure } from "../output.ts";
import { builder, outputFolder } from "./checkout.ts";

export interface Subject extends BuiltPlugin {
  /** The folder that was named. */
  readonly source: string;
  readonly manifest: Manifest;
}

const SOURCES = ["plugin.ts", "Cargo.toml"];

/** A path as the person meant it, absolute: `deno task` runs in the checkout, and says where it was called. */
export function fromHere(path: string): string {
  const isCheckout = Deno.mainModule.endsWith("/runtime/main.ts");
  return resolve(isCheckout ? Deno.env.get("INIT_CWD") ?? Deno.cwd() : Deno.cwd(), path);
}

/** @throws {CommandFailure} if there is no plugin, it cannot be built, or it is none that a runtime could call */
export async function subjectOf(dir: string): Promise<Subject> {
  const subject = await componentOf(dir);
  const { exports, name } = subject.manifest;
  if (exports === "cni") return subject;
  throw new CommandFailure(`Cannot run ${name} as it is a ${exports}, which the agent alone runs`);
}

/** As `subjectOf`, whatever it is. */
export async function componentOf(dir: string): Promise<Subject> {
  const source = fromHere(dir);
  const built = isFile(`${source}/plugin.wasm`) ? source : await build(source);
  const path = `${built}/plugin.json`;
  const manifest = parseManifest(Deno.readTextFileSync(path), path);
  return { name: manifest.name, dir: built, source, manifest };
}

async function build(source: string): Promise<string> {
  if (!isFile(`${source}/plugin.json`) || !SOURCES.some((name) => isFile(`${source}/${name}`))) {
    throw new CommandFailure(
      `Cannot find a plugin in ${source}: it needs plugin.json and ${SOURCES.join(" or ")}, or a build's plugin.wasm`,
    );
  }
  const out = await outputFolder(source);
  try {
    await (await builder()).buildPlugin(source, out);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure((error as Error).message);
  }
  return out;
}

export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
