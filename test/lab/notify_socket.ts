// What a service manager listens on for sd_notify(3). Deno has datagram sockets behind a flag only.

import { checked, closeFile, cString } from "../../host-funcs/sys/libc.ts";
import { currentNamespace, openNamespace } from "../../host-funcs/sys/namespace.ts";

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
});

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

export class NotifySocket implements Disposable {
  readonly #fd: number;
  readonly #received: string[] = [];

  /**
   * @param address NOTIFY_SOCKET: a path, or `@` and a name
   * @param netns path of the network namespace that an abstract name belongs to; else the test's own
   */
  constructor(readonly address: string, netns?: string) {
    const namespace = netns === undefined ? currentNamespace() : openNamespace(netns);
    this.#fd = namespace.openSocket(AF_UNIX, SOCK_DGRAM, 0);
    namespace.close();
    const name = cString(address);
    const length = new TextEncoder().encode(address).length;
    if (address.startsWith("@")) name[0] = 0;
    const bytes = new Uint8Array(128);
    bytes[0] = AF_UNIX;
    bytes.set(name.subarray(0, length), 2);
    checked(libc.bind(this.#fd, bytes, 2 + length));
  }

  /** All that has come so far. */
  received(): readonly string[] {
    const bytes = new Uint8Array(4096);
    for (;;) {
      const count = Number(libc.recv(this.#fd, bytes, BigInt(bytes.length), MSG_DONTWAIT));
      if (count < 0) return this.#received;
      this.#received.push(new TextDecoder().decode(bytes.subarray(0, count)));
    }
  }

  /** Waits for a message. @throws {Error} if it does not come */
  async until(message: string, limitMs = 10_000): Promise<void> {
    for (const end = performance.now() + limitMs; !this.received().includes(message);) {
      if (performance.now() > end) {
        throw new Error(`Cannot go on as ${message} has not come in ${limitMs} ms: ${this.received().join(", ")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  [Symbol.dispose](): void {
    closeFile(this.#fd);
  }
}
