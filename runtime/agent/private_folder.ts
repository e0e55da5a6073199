// The folder of the agent's sockets: root's, and nobody else may put one there.

import { HostCallError } from "../../host-funcs/error.ts";
import { whyUntrusted } from "../../host-funcs/sys/trust.ts";

/**
 * Makes the folder with mode 0700 where there is none.
 *
 * @throws {HostCallError} `denied` if others may write to it
 */
export function makePrivateFolder(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  const why = whyUntrusted(Deno.statSync(path));
  if (why !== undefined) throw new HostCallError("denied", `Cannot put a socket into ${path} as ${why}`);
}
