// Parameters of a CNI call that come in environment variables (CNI spec 1.1.0, section 2, "Parameters").

import { CniFailure } from "./failure.ts";
import type { Command } from "./version.ts";

/** The parameters, checked. What a command does not have is empty. */
export interface CniParameters {
  readonly command: Command;
  readonly containerId: string;
  /** Path of the container's network namespace. */
  readonly netns: string;
  readonly ifname: string;
  /** CNI_ARGS as given. */
  readonly rawArgs: string;
  /** CNI_ARGS, split. */
  readonly args: ReadonlyArray<readonly [string, string]>;
  /** CNI_PATH as given. */
  readonly rawPath: string;
  /** Folders of CNI_PATH, in order. */
  readonly path: readonly string[];
}

/** Which variables each command demands. CNI_PATH is only needed to delegate, but the specification has it for GC. */
const REQUIRED: Record<Command, readonly string[]> = {
  ADD: ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"],
  CHECK: ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"],
  DEL: ["CNI_CONTAINERID", "CNI_IFNAME"],
  GC: ["CNI_PATH"],
  STATUS: [],
  VERSION: [],
};

/** Characters of a container id and of a network's name. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** IFNAMSIZ of linux/if.h, without the terminating zero. */
const MAX_IFNAME_BYTES = 15;
/** PATH_MAX of linux/limits.h. */
const MAX_PATH_BYTES = 4096;

/**
 * Reads the parameters.
 *
 * @param get the environment
 * @throws {CniFailure} `invalidEnvironment`: all missing variables in one error, or the malformed one
 */
export function parseEnvironment(get: (name: string) => string | undefined): CniParameters {
  const command = get("CNI_COMMAND") ?? "";
  if (!isCommand(command)) {
    throw invalid(
      command === "" ? "CNI_COMMAND is missing" : `CNI_COMMAND is unknown: ${JSON.stringify(command)}`,
      `expected one of ${Object.keys(REQUIRED).join(", ")}`,
    );
  }
  const missing = REQUIRED[command].filter((name) => (get(name) ?? "") === "");
  if (missing.length > 0) {
    throw invalid(`${command} needs environment variables that are missing or empty: ${missing.join(", ")}`);
  }
  const hasAttachment = REQUIRED[command].includes("CNI_CONTAINERID");
  const containerId = hasAttachment ? get("CNI_CONTAINERID") ?? "" : "";
  const ifname = hasAttachment ? get("CNI_IFNAME") ?? "" : "";
  const netns = hasAttachment ? get("CNI_NETNS") ?? "" : "";
  if (hasAttachment) {
    checkContainerId(containerId);
    checkIfname(ifname);
    checkNetns(netns);
  }
  const rawArgs = get("CNI_ARGS") ?? "";
  const rawPath = get("CNI_PATH") ?? "";
  return {
    command,
    containerId,
    netns,
    ifname,
    rawArgs,
    args: hasAttachment ? parseArgs(rawArgs) : [],
    rawPath,
    path: rawPath.split(":").filter((folder) => folder !== ""),
  };
}

/**
 * Whether a text is a name that Linux allows for an interface.
 *
 * @returns what is wrong with it, or nothing
 */
export function ifnameFault(name: string): string | undefined {
  if (name === "") return "it is empty";
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > MAX_IFNAME_BYTES) return `it has ${bytes} bytes, more than ${MAX_IFNAME_BYTES}`;
  if (name === "." || name === "..") return "it is a path";
  // deno-lint-ignore no-control-regex
  if (/[/:\s\x00-\x1f\x7f]/.test(name)) return "it has a slash, a colon, white space or a control character";
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(REQUIRED, text);
}

function checkContainerId(id: string): void {
  if (NAME_PATTERN.test(id)) return;
  throw invalid(
    `CNI_CONTAINERID is malformed: ${JSON.stringify(id)}`,
    "expected letters, digits, '_', '.', '-', the first a letter or a digit",
  );
}

function checkIfname(name: string): void {
  const fault = ifnameFault(name);
  if (fault !== undefined) throw invalid(`CNI_IFNAME is no interface name as ${fault}: ${JSON.stringify(name)}`);
}

function checkNetns(path: string): void {
  if (path.includes("\0") || path.length > MAX_PATH_BYTES) throw invalid("CNI_NETNS is no path");
}

/** `K=V;K=V`. A pair without `=`, or with an empty key, is an error (as in libcni); empty pairs are not. */
export function parseArgs(text: string): Array<readonly [string, string]> {
  const pairs: Array<readonly [string, string]> = [];
  for (const pair of text.split(";")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    if (at <= 0) throw invalid(`CNI_ARGS has a pair that is no KEY=VALUE: ${JSON.stringify(pair)}`);
    pairs.push([pair.slice(0, at), pair.slice(at + 1)]);
  }
  return pairs;
}

function invalid(what: string, details = ""): CniFailure {
  return new CniFailure("invalidEnvironment", `Cannot run the CNI command as ${what}`, details);
}
