// Signals that a synchronous program can see. Deno tells of them when its event loop turns, some milliseconds later on a
// busy machine; a CNI call has to know at one certain moment.
//
// The handler is abs(3), which does nothing. It is installed for one use alone (SA_RESETHAND): the kernel puts the default
// action back as it delivers the signal (signal(7)), and whether it has done so can be asked. A second signal ends the
// process, as impatient administrators expect.

import { openForeignLibrary } from "./foreign_library.ts";

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
export type SignalName = keyof typeof NUMBERS;

/** include/uapi/asm-generic/signal-defs.h */
const SA_RESTART = 0x10000000;
const SA_RESETHAND = 0x80000000;
/** struct sigaction of glibc: the handler, a mask of 128 bytes, flags, and the restorer, which glibc sets. */
const SIGACTION_BYTES = 152;
const FLAGS_AT = 136;
const SIG_DFL = 0n;

const symbols = {
  sigaction: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
} as const;

/** Holds the default action of some signals off, and knows which came. */
export class Signals {
  readonly #library = openForeignLibrary("libc.so.6", symbols);
  readonly #before = new Map<SignalName, Uint8Array<ArrayBuffer>>();

  /** @throws {Error} if this C library cannot do it: the signals keep their default action */
  constructor(names: readonly SignalName[]) {
    const { dlsym, sigaction } = this.#library.symbols;
    const name = new Uint8Array(128);
    new TextEncoder().encodeInto("abs", name);
    const handler = Deno.UnsafePointer.value(dlsym(null, name));
    if (BigInt(handler) === SIG_DFL) throw new Error("Cannot listen to signals as the C library has no abs");
    const action = new Uint8Array(SIGACTION_BYTES);
    const view = new DataView(action.buffer);
    view.setBigUint64(0, BigInt(handler), true);
    view.setUint32(FLAGS_AT, SA_RESTART | SA_RESETHAND, true);
    for (const each of names) {
      const before = new Uint8Array(SIGACTION_BYTES);
      if (sigaction(NUMBERS[each], action, before) === 0) this.#before.set(each, before);
    }
  }

  /** The first of the signals that has come, in the order of the names. */
  received(): SignalName | undefined {
    const now = new Uint8Array(SIGACTION_BYTES);
    return [...this.#before.keys()].find((name) => {
      this.#library.symbols.sigaction(NUMBERS[name], null as unknown as Uint8Array<ArrayBuffer>, now);
      return new DataView(now.buffer).getBigUint64(0, true) === SIG_DFL;
    });
  }

  /** Puts the actions back that the signals had. */
  close(): void {
    const none = new Uint8Array(SIGACTION_BYTES);
    for (const [name, before] of this.#before) this.#library.symbols.sigaction(NUMBERS[name], before, none);
    this.#before.clear();
    this.#library.close();
  }
}
