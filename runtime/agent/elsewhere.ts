// A caller with another mount namespace than the agent's, as where the agent is in a container. The agent then serves
// what means the same to both: each path that the call names has to lead to the same file, and the state has to be one.

import { KernelError } from "../../host-funcs/sys/errno.ts";
import { identityInRoot } from "../../host-funcs/sys/in_root.ts";
import { specialFileIdentity } from "../../host-funcs/sys/special_file.ts";
import { parentFolder } from "../paths.ts";
import type { Request } from "./protocol.ts";

/** What of the agent matters here. */
export interface AgentFiles {
  readonly stateDir: string;
  /** Whether a plugin of that name or type is installed; any other is an executable. */
  hasPlugin(type: string): boolean;
}

/** What a plugin reads that the configuration does not name. */
const READ_BY: Readonly<Record<string, string>> = {
  flannel: "/run/flannel/subnet.env",
  tuning: "/etc/cni/tuning/allowlist.conf",
};

/**
 * @param pid of the caller, which is in another mount namespace
 * @returns why the call is another one to the agent, as a sentence; nothing where it is the same
 */
export function whyOtherFiles(request: Request, pid: number, agent: AgentFiles): string | undefined {
  const config = parsed(request.stdin);
  // An executable would run with the agent's files: its libraries, and what it starts and reads.
  const executable = typesIn(config).find((type) => !agent.hasPlugin(type));
  if (executable !== undefined) {
    return `${executable} is an executable, which has to see the caller's files: the caller's mount namespace is another`;
  }
  const given = (name: string) => request.environment.get(name) ?? "";
  // What is written may not be there yet.
  const written = ["CNIDARIA_LOG_FILE", "CNIDARIA_TRACE"].map(given).map((path) => path && parentFolder(path));
  const folders = given("CNI_PATH").split(":");
  const named = request.name + JSON.stringify(config);
  const read = Object.entries(READ_BY).flatMap(([plugin, path]) => named.includes(plugin) ? [path] : []);
  const paths = [agent.stateDir, given("CNI_NETNS"), ...written, ...folders, ...read, ...pathsIn(config)];
  const other = [...new Set(paths)].find((path) =>
    path !== "" && identityFor(Deno.pid, path) !== identityFor(pid, path)
  );
  return other && `${other} is another file to the caller, whose mount namespace is another`;
}

/** Nothing where it is no JSON, which the call itself complains of. */
function parsed(stdin: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(stdin));
  } catch {
    return undefined;
  }
}

/** What a configuration names as a plugin, below its own type: that is this program. */
function typesIn(config: unknown): string[] {
  const types: string[] = [];
  visit(config, (key, value, depth) => {
    if (key === "type" && depth > 1 && typeof value === "string") types.push(value);
  });
  return types;
}

function pathsIn(config: unknown): string[] {
  const paths: string[] = [];
  visit(config, (_key, value) => {
    if (typeof value === "string" && value.startsWith("/") && !value.includes("\0")) paths.push(value);
  });
  return paths;
}

function visit(value: unknown, seen: (key: string, value: unknown, depth: number) => void, depth = 1): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    seen(key, each, depth);
    visit(each, seen, depth + 1);
  }
}

const ENOENT = 2;
const ENOTDIR = 20;

/**
 * What a path is to a process; empty if there is no such file. Links of /proc are none that openat2(2) follows, and there
 * is no other link on their way.
 */
function identityFor(pid: number, path: string): string {
  try {
    const isOfProc = /^\/proc\/\d+\/(task\/\d+\/)?ns\/[a-z]+$/.test(path);
    return isOfProc ? specialFileIdentity(`/proc/${pid}/root${path}`) : identityInRoot(pid, path);
  } catch (error) {
    if (error instanceof KernelError && (error.errno === ENOENT || error.errno === ENOTDIR)) return "";
    throw error;
  }
}
