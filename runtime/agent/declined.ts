// Which calls the agent does not serve: those that would not be the same call in its process as in the caller's. The
// entry then runs the host by itself.

import { KernelError } from "../../host-funcs/sys/errno.ts";
import { specialFileIdentity } from "../../host-funcs/sys/special_file.ts";
import type { PeerCredentials } from "../../host-funcs/sys/unix_socket.ts";
import type { Engine } from "../engine/engine.ts";
import { type AgentFiles, whyOtherFiles } from "./elsewhere.ts";
import type { Request } from "./protocol.ts";

/** What the agent is, to compare a call with. */
export interface AgentIdentity extends AgentFiles {
  /** Name of its release; empty in a checkout. */
  readonly release: string;
  readonly uid: number;
  /** What its threads run components on; unknown where no engine could be opened. */
  readonly engine: Engine["name"] | undefined;
  /** Its own environment. */
  env(name: string): string | undefined;
}

/** Settings of a process, which a call cannot have of its own. */
const OF_THE_PROCESS = ["CNIDARIA_STATE", "CNIDARIA_LIB", "CNIDARIA_ENGINE"];
/** Files that a call names. A relative path is relative to the caller's working directory. */
const PATHS = ["CNI_NETNS", "CNIDARIA_LOG_FILE", "CNIDARIA_TRACE"];

/**
 * A worker that is started by a thread which never comes back to its event loop takes Deno 2.9 a second, against 13 ms on
 * the main thread; on v8 each instance is one.
 */
export const SLOW_ENGINE = "the v8 engine is faster in a process for each call";

/** @returns why the agent reads nothing that the caller says; nothing where it may call */
export function whyStranger(peer: PeerCredentials, agent: Pick<AgentIdentity, "uid">): string | undefined {
  return peer.uid === 0 || peer.uid === agent.uid ? undefined : `user ${peer.uid} may not call`;
}

/** @returns why the agent must not serve this call, as a sentence; nothing if it may */
export function whyDeclined(request: Request, peer: PeerCredentials, agent: AgentIdentity): string | undefined {
  if (request.release !== agent.release) {
    return `the agent is of release ${agent.release || "none"}, the caller of ${request.release || "none"}`;
  }
  if (agent.engine === "v8") return SLOW_ENGINE;
  for (const name of OF_THE_PROCESS) {
    if ((request.environment.get(name) ?? "") !== (agent.env(name) ?? "")) return `${name} is not the agent's`;
  }
  for (const name of PATHS) {
    const path = request.environment.get(name) ?? "";
    if (path !== "" && (!path.startsWith("/") || /^\/proc\/(self|thread-self)\//.test(path))) {
      return `${name} has a meaning in the caller's process only`;
    }
  }
  const folders = (request.environment.get("CNI_PATH") ?? "").split(":");
  if (folders.some((folder) => folder !== "" && !folder.startsWith("/"))) return "CNI_PATH has a relative folder";
  return whyElsewhere(request, peer.pid, agent);
}

/** The caller's node is the one that the agent is on, and a path means the same to both. */
function whyElsewhere(request: Request, pid: number, agent: AgentIdentity): string | undefined {
  const caller = `/proc/${pid}`;
  try {
    if (pid === 0) return "the caller's process cannot be seen";
    if (specialFileIdentity(`${caller}/ns/net`) !== specialFileIdentity("/proc/thread-self/ns/net")) {
      return "the caller is in another network namespace";
    }
    if (specialFileIdentity(`${caller}/ns/mnt`) === specialFileIdentity("/proc/thread-self/ns/mnt")) return undefined;
    return whyOtherFiles(request, pid, agent);
  } catch (error) {
    if (error instanceof KernelError) return `the caller's namespaces cannot be told: ${error.message}`;
    throw error;
  }
}
