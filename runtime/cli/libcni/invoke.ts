// Starts a plugin by the executable protocol (CNI spec 1.1.0, section 2).

import { libDir } from "../../paths.ts";
import { findPlugin } from "../../plugin/registry.ts";
import { CommandFailure } from "../output.ts";
import { isObject } from "./network_list.ts";

/** The parameters of one call, as the environment carries them. */
export interface Parameters {
  readonly command: "ADD" | "DEL" | "CHECK" | "GC" | "STATUS";
  /** Folders with executables, with colons between. */
  readonly path: string;
  /** For ADD, DEL and CHECK; `netns` may be empty for a DEL. */
  readonly attachment?: { containerId: string; netns: string; ifname: string; args: string };
  /** File that our own plugins write their trace to. */
  readonly trace?: string;
}

/**
 * Calls a plugin: the executable of CNI_PATH, or, if there is none, our component of that name.
 *
 * @param input for stdin
 * @returns what it printed, parsed; undefined where it printed nothing
 * @throws {CommandFailure} with the plugin's own error
 */
export async function invoke(type: string, input: string, parameters: Parameters): Promise<unknown> {
  const { program, args } = await commandOf(type, parameters.path);
  const child = new Deno.Command(program, {
    args,
    env: environmentOf(type, parameters),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A plugin may end without reading: its answer says more than the broken pipe.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { code, stdout } = await child.output();
  const text = new TextDecoder().decode(stdout).trim();
  const subject = `${parameters.command} by plugin ${type}`;
  let answer: unknown;
  try {
    answer = text === "" ? undefined : JSON.parse(text);
  } catch {
    throw new CommandFailure(`Cannot understand ${subject} as it printed no JSON: ${text.slice(0, 200)}`);
  }
  if (code === 0) return answer;
  if (!isObject(answer)) throw new CommandFailure(`${subject} failed: exit code ${code}, without an error result`);
  const details = typeof answer.details === "string" && answer.details !== "" ? `\n${answer.details}` : "";
  throw new CommandFailure(`${subject} failed with code ${answer.code}: ${answer.msg}${details}`);
}

async function commandOf(type: string, path: string): Promise<{ program: string; args: string[] }> {
  for (const folder of path.split(":")) {
    if (folder === "") continue;
    const info = await Deno.stat(`${folder}/${type}`).catch(() => undefined);
    if (info?.isFile && ((info.mode ?? 0) & 0o111) !== 0) return { program: `${folder}/${type}`, args: [] };
  }
  if (type !== "cnidaria" && findPlugin(libDir(), type) === undefined) {
    throw new CommandFailure(
      `Cannot find plugin ${type}: no executable in ${path}, no component in ${libDir()}/plugins`,
    );
  }
  if (Deno.build.standalone) return { program: Deno.execPath(), args: [] };
  return { program: Deno.execPath(), args: ["run", "--allow-all", "--quiet", Deno.mainModule] };
}

function environmentOf(type: string, { command, path, attachment, trace }: Parameters): Record<string, string> {
  return {
    CNI_COMMAND: command,
    CNI_PATH: path,
    CNIDARIA_NAME: type,
    ...(attachment && {
      CNI_CONTAINERID: attachment.containerId,
      CNI_NETNS: attachment.netns,
      CNI_IFNAME: attachment.ifname,
      CNI_ARGS: attachment.args,
    }),
    ...(trace !== undefined && { CNIDARIA_TRACE: trace }),
  };
}
