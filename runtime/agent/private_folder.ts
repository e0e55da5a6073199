// The folder of the agent's sockets: root's, and nobody else may put one there.

import { HostCallError } from "../../host-funcs/error.ts";
import { whyUntrusted } from "../../host-funcs/sys/trust.ts";
import { listenRefusal } from "../../host-funcs/sys/unix_socket.ts";

/**
 * Makes the folder of a socket with mode 0700 where there is none.
 *
 * @param socket its path
 * @throws {HostCallError} `denied` if others may write to the folder, or the caller may not make it
 */
export function makePrivateFolder(socket: string): void {
  const path = socket.slice(0, socket.lastIndexOf("/"));
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    const why = whyUntrusted(Deno.statSync(path));
    if (why !== undefined) throw new HostCallError("denied", `Cannot put a socket into ${path} as ${why}`);
  } catch (error) {
    throw listenRefusal(socket, error);
  }
}
