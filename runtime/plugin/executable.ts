// Plugins that are executables: found in CNI_PATH, and run by the protocol (CNI spec 1.1.0, sections 2 and 4).

import type { CniResult } from "cnidaria:cni/types@0.3.0";
import { descriptorOf } from "../../host-funcs/sys/descriptor.ts";
import { readSpecialFile } from "../../host-funcs/sys/special_file.ts";
import type { CniParameters } from "../cni/environment.ts";
import { CniFailure, failureOfPlugin } from "../cni/failure.ts";
import { resultFromJson } from "../cni/result.ts";
import type { LogLevel } from "../cni/log.ts";
import { canExecute, type SpawnResult, spawnSync } from "./spawn.ts";

/** Milliseconds for one run; kubelet gives the whole sandbox four minutes. */
const TIMEOUT_MS = 60_000;
/**
 * How deep this program may be run by executables that it has run itself: the depth is in their environment. It keeps a
 * plugin from starting processes without end.
 */
const DEPTH = "CNIDARIA_DEPTH";
const MAX_DEPTH = 4;
/** Bytes of standard output, and of standard error. */
const MAX_OUTPUT = 1024 * 1024;

/**
 * The executable of a plugin: the first file of that name in CNI_PATH that can be run.
 *
 * @param type no slash, not `.` or `..`
 * @returns its path, or nothing
 */
export function findExecutable(type: string, path: readonly string[]): string | undefined {
  if (type === "" || type === "." || type === ".." || /[/\\\0]/.test(type)) return undefined;
  for (const folder of path) {
    const file = `${folder}/${type}`;
    if (canExecute(file)) return file;
  }
}

/** One run. */
export interface ExecutableCall {
  readonly path: string;
  readonly command: string;
  readonly parameters: CniParameters;
  /** The whole network configuration, prevResult included. */
  readonly config: string;
  /** Where the program's standard error goes. */
  log(level: LogLevel, message: string): void;
  readonly timeoutMs?: number;
  /** Variables that the program gets beside those of this process, and instead of them. */
  readonly environment?: ReadonlyMap<string, string> | undefined;
  /**
   * The lock of the attachment. The program keeps it, so that even if this process is killed no other call on the
   * attachment begins before the program has ended.
   */
  readonly lockFile?: string | undefined;
}

/**
 * Runs an executable plugin.
 *
 * @returns its result for ADD, else nothing
 * @throws {CniFailure} the plugin's own error, or `delegateFailed` if it gave no answer that the protocol allows
 */
export function runExecutable(call: ExecutableCall): CniResult | undefined {
  const { path, command, parameters } = call;
  const own = { ...ownEnvironment(), ...Object.fromEntries(call.environment ?? []) };
  const depth = Number(own[DEPTH] ?? 0) + 1;
  if (!(depth <= MAX_DEPTH)) {
    throw new CniFailure(
      "stackLimit",
      `Cannot ${command} by ${path} as executables run each other more than ${MAX_DEPTH} deep: ${DEPTH} is ${
        own[DEPTH]
      }`,
      "look for a circle in the plugins that the network configuration delegates to",
    );
  }
  let outcome: SpawnResult;
  try {
    const inherited = call.lockFile === undefined ? undefined : descriptorOf(call.lockFile);
    outcome = spawnSync(path, {
      ...inherited !== undefined && { inherited },
      stdin: new TextEncoder().encode(call.config),
      env: { ...own, ...environment(command, parameters), [DEPTH]: String(depth) },
      timeoutMs: call.timeoutMs ?? TIMEOUT_MS,
      maxOutput: MAX_OUTPUT,
    });
  } catch (error) {
    throw failed(path, command, "it could not be started", (error as Error).message);
  }
  const stderr = decode(outcome.stderr).trim();
  if (stderr !== "") call.log(outcome.status === 0 ? "info" : "warn", `${path}: ${stderr}`);
  const stdout = decode(outcome.stdout);
  if (outcome.timedOut) throw failed(path, command, "it was still running at its time limit", stderr);
  if (outcome.tooLong) throw failed(path, command, `it wrote more than ${MAX_OUTPUT} bytes`, stderr);
  if (outcome.signal !== undefined) throw failed(path, command, `signal ${outcome.signal} ended it`, stderr);
  if (outcome.status !== 0) throw errorOf(path, command, outcome.status ?? -1, stdout, stderr);
  return command === "ADD" ? resultOf(path, command, stdout, parameters.netns) : undefined;
}

/**
 * What a service manager told the agent, and nobody else (sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3)).
 */
const OF_THE_AGENT = /^(NOTIFY_SOCKET|LISTEN_(PID|FDS|FDNAMES)|WATCHDOG_(PID|USEC))=/;

/** Everything that this program was started with: a delegate gets it all, and Deno may be allowed to read a part only. */
function ownEnvironment(): Record<string, string> {
  const entries = readSpecialFile("/proc/self/environ").split("\0").filter((it) =>
    it.includes("=") && !OF_THE_AGENT.test(it)
  );
  return Object.fromEntries(entries.map((it) => [it.slice(0, it.indexOf("=")), it.slice(it.indexOf("=") + 1)]));
}

function environment(command: string, parameters: CniParameters): Record<string, string> {
  return {
    CNI_COMMAND: command,
    CNI_CONTAINERID: parameters.containerId,
    CNI_NETNS: parameters.netns,
    CNI_IFNAME: parameters.ifname,
    CNI_ARGS: parameters.rawArgs,
    CNI_PATH: parameters.rawPath,
  };
}

function resultOf(path: string, command: string, stdout: string, netns: string): CniResult {
  try {
    return resultFromJson(JSON.parse(stdout), netns);
  } catch (error) {
    const why = error instanceof CniFailure ? `${error.message}; ${error.details}` : (error as Error).message;
    throw failed(path, command, "its standard output is no CNI result", `${why}: ${brief(stdout)}`);
  }
}

/** The error result on standard output; what else it left, if there is none. */
function errorOf(path: string, command: string, status: number, stdout: string, stderr: string): CniFailure {
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    json = undefined;
  }
  if (typeof json === "object" && json !== null) {
    const { code, msg, details } = json as Record<string, unknown>;
    if (typeof code === "number" && typeof msg === "string") {
      const error = { code, msg, details: typeof details === "string" ? details : "" };
      return failureOfPlugin(path, error);
    }
  }
  return failed(path, command, `it exited with status ${status} and no CNI error on standard output`, stdout || stderr);
}

function failed(path: string, command: string, why: string, details: string): CniFailure {
  return new CniFailure("delegateFailed", `Cannot ${command} by ${path} as ${why}`, brief(details));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function brief(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
