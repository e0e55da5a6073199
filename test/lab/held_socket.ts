// A socket that a test listens on, for agents that come and go, as systemd does by a socket unit.

import { checked, closeFile } from "../../host-funcs/sys/libc.ts";
import { listenUnix } from "../../host-funcs/sys/unix_socket.ts";

const { symbols: libc } = Deno.dlopen("libc.so.6", { dup: { parameters: ["i32"], result: "i32" } });

export class HeldSocket implements Disposable {
  /** Programs that this process starts inherit it. */
  readonly fd: number;

  /** @param backlog connections that may wait */
  constructor(path: string, backlog: number) {
    const own = listenUnix(path, backlog);
    this.fd = checked(libc.dup(own));
    closeFile(own);
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}
