// `cnidaria plugin allow`: an administrator lets a plugin run that did not come with the installation, or sets limits.

import { libDir, stateDir } from "../../paths.ts";
import type { Permission } from "../../plugin/admission/permission.ts";
import { ask } from "../allow/ask.ts";
import { compileForWasmtime } from "../allow/compile.ts";
import { writePermission } from "../allow/permission_file.ts";
import { type Request, requestFor, requestLines } from "../allow/request.ts";
import { makeReadyForV8, type V8Ready } from "../allow/v8_ready.ts";
import { CommandFailure, type Output } from "../output.ts";

export interface AllowOptions {
  readonly yes?: boolean;
  readonly limit: readonly string[];
  readonly json?: boolean;
}

/**
 * @param answer asks a question on the terminal; undefined where there is none
 * @throws {CommandFailure} code 2 if there is nobody to ask and `--yes` is missing
 */
export async function pluginAllow(
  name: string,
  options: AllowOptions,
  output: Output,
  answer: ((question: string) => boolean) | undefined = ask(output),
): Promise<void> {
  const places = { libDir: libDir(), stateDir: stateDir() };
  const request = await requestFor(places, name, options.limit);
  const isFirstParty = request.standing.state === "first-party";
  if (isFirstParty && options.limit.length === 0) {
    throw new CommandFailure(`Nothing to allow as ${name} came with cnidaria: --limit KEY=VALUE sets its limits`, 2);
  }
  // With --json what is read before the answer goes where the question goes.
  if (options.yes !== true || options.json !== true) {
    requestLines(request).forEach(options.json === true ? output.complain : output.line);
  }
  confirm(name, options, answer);
  const wasmtime = await compileForWasmtime(places.libDir, request.plugin.file);
  let v8: V8Ready = { why: "" };
  const permission = await writePermission(places.stateDir, name, async (folder) => {
    if (!isFirstParty) v8 = await makeReadyForV8(request.bytes, folder, name);
    return permissionOf(request, v8);
  });
  if (options.json === true) return output.json({ name, ...permission });
  if (isFirstParty) return output.line(`limits of ${name} are set`);
  output.line(`${name} is allowed`);
  if (wasmtime !== undefined) output.complain(`wasmtime cannot run it here: ${wasmtime}`);
  if ("why" in v8) output.complain(`v8 will not run it: ${v8.why}`);
}

function confirm(name: string, options: AllowOptions, answer: ((question: string) => boolean) | undefined): void {
  if (options.yes === true) return;
  if (answer === undefined) {
    throw new CommandFailure(`Cannot allow ${name} as there is no terminal to ask on: --yes allows it`, 2);
  }
  if (!answer(`Allow plugin ${name} to run on this node? [y/N] `)) {
    throw new CommandFailure(`${name} is not allowed: the answer was no`);
  }
}

function permissionOf({ plugin: { file, manifest }, limits }: Request, v8: V8Ready): Permission {
  const sudoUser = Deno.env.get("SUDO_USER");
  return {
    digest: file.digest,
    imports: manifest.imports,
    grants: manifest.grants,
    declaredLimits: manifest.limits,
    limits,
    ...("made" in v8 && { v8: v8.made }),
    allowedAt: new Date().toISOString(),
    allowedBy: { uid: Deno.uid() ?? 0, ...(sudoUser !== undefined && sudoUser !== "" && { sudoUser }) },
  };
}
