// Where HTTP is answered: a TCP port, or a socket of the UNIX domain that only its owner can use.

import type { Hono } from "hono";
import { HostCallError } from "../../host-funcs/error.ts";
import { makePrivateFolder } from "./private_folder.ts";
import { removerOf } from "./socket_file.ts";

/** The metrics tell of pods and networks: who else is to read them has to be said. */
const LOOPBACK = "127.0.0.1";
/** Milliseconds that an answer under way has as the agent ends. */
const LAST_ANSWERS_MS = 1_000;

/**
 * @param at `HOST:PORT`, `[ADDRESS]:PORT`, `:PORT` on the loopback address, or an absolute path
 * @throws {HostCallError} if it is none of them, or cannot be had
 */
export function listenHttp(at: string, app: Hono): AsyncDisposable & { readonly address: string } {
  const options = { onListen: () => {} };
  const handler = (request: Request) => app.fetch(request);
  try {
    if (at.startsWith("/")) {
      makePrivateFolder(at.slice(0, at.lastIndexOf("/")));
      refuseOtherFiles(at);
      // It gets its name when it is its owner's alone. As it is closed Deno removes the name that it was made by.
      const made = `${at}.${Deno.pid}`;
      const server = Deno.serve({ path: made, ...options }, handler);
      Deno.chmodSync(made, 0o600);
      Deno.renameSync(made, at);
      const remove = removerOf(at);
      return { address: at, [Symbol.asyncDispose]: () => end(server).then(remove) };
    }
    const { hostname, port } = parseAddress(at);
    const server = Deno.serve({ hostname, port, ...options }, handler);
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return { address: `${host}:${server.addr.port}`, [Symbol.asyncDispose]: () => end(server) };
  } catch (error) {
    if (error instanceof HostCallError) throw error;
    throw new HostCallError("io", `Cannot answer HTTP at ${at}: ${(error as Error).message}`);
  }
}

/** A client that never takes its answer does not keep the agent, whose process ends after this. */
async function end(server: Deno.HttpServer): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([server.shutdown(), new Promise((resolve) => timer = setTimeout(resolve, LAST_ANSWERS_MS))]);
  clearTimeout(timer);
}

function parseAddress(at: string): { hostname: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(at);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new HostCallError("invalid", `Cannot answer HTTP at ${at}: expected HOST:PORT or the path of a socket`);
  }
  return { hostname: match[1] || match[2] || LOOPBACK, port };
}

/** A socket is one that an earlier agent has left; a file of another kind is somebody's. */
function refuseOtherFiles(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket === true) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new HostCallError("exists", `Cannot answer HTTP at ${path} as there is a file that is no socket: move it away`);
}
