// Where HTTP is answered: a TCP port, or a socket of the UNIX domain that only its owner can use.

import type { Hono } from "hono";
import { HostCallError } from "../../host-funcs/error.ts";
import { makePrivateFolder } from "./private_folder.ts";

/**
 * @param at `HOST:PORT`, `[ADDRESS]:PORT`, or an absolute path
 * @throws {HostCallError} if it is neither, or cannot be had
 */
export function listenHttp(at: string, app: Hono): AsyncDisposable & { readonly address: string } {
  const quiet = { onListen: () => {} };
  const handler = (request: Request) => app.fetch(request);
  try {
    if (at.startsWith("/")) {
      makePrivateFolder(at.slice(0, at.lastIndexOf("/")));
      removeSocket(at);
      const server = Deno.serve({ path: at, ...quiet }, handler);
      Deno.chmodSync(at, 0o600);
      return { address: at, [Symbol.asyncDispose]: () => server.shutdown().then(() => removeSocket(at)) };
    }
    const { hostname, port } = parseAddress(at);
    const server = Deno.serve({ hostname, port, ...quiet }, handler);
    return { address: `${hostname}:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
  } catch (error) {
    if (error instanceof HostCallError) throw error;
    throw new HostCallError("io", `Cannot answer HTTP at ${at}: ${(error as Error).message}`);
  }
}

function parseAddress(at: string): { hostname: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(at);
  const port = Number(match?.[3]);
  const hostname = match?.[1] ?? match?.[2];
  if (hostname === undefined || port > 65535) {
    throw new HostCallError("invalid", `Cannot answer HTTP at ${at}: expected HOST:PORT or the path of a socket`);
  }
  return { hostname, port };
}

function removeSocket(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket === true) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
