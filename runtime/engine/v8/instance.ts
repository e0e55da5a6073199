// One instance of a component, in a worker of its own. The host's thread waits for it, and serves its calls meanwhile.

import {
  ComponentError,
  EngineError,
  type EngineErrorKind,
  type Imports,
  type Instance,
  type Limits,
  type RenewedLimits,
} from "../engine.ts";
import { type LimitKind, limitReached } from "../limit.ts";
import { Channel, channelMemory, HOST } from "./channel.ts";
import type { CoreModule, EndKind, FromWorker, Start, ToWorker } from "./protocol.ts";

/** Bytes of a message for each that is limited: tags and names of fields are not. */
const BYTES_PER_VALUE_BYTE = 8;
const ENVELOPE_BYTES = 65_536;

export class V8Instance implements Instance {
  readonly #channel: Channel;
  #limits: Limits;
  #deadline: number;
  /** Of the host. */
  #calls = 0;
  #isRunning = false;
  #closed = false;
  /** Why it cannot be called any more. */
  #endedBy: EngineError | undefined;

  /** @throws {EngineError} */
  constructor(
    private readonly plugin: string,
    private readonly worker: Worker,
    glue: string,
    modules: ReadonlyMap<string, CoreModule>,
    private readonly imports: Imports,
    limits: Limits,
    deadline: number,
  ) {
    this.#limits = limits;
    this.#deadline = deadline;
    const memory = channelMemory();
    this.#channel = new Channel(memory, HOST);
    this.#channel.open();
    const names = Object.entries(imports).map(([name, functions]) => [name, Object.keys(functions)]);
    const { valueBytes } = limits;
    this.worker.postMessage({ memory, glue, modules, imports: Object.fromEntries(names), valueBytes } satisfies Start);
    this.#converse();
  }

  call(interfaceName: string, functionName: string, args: readonly unknown[]): unknown {
    if (this.#endedBy !== undefined) throw this.#endedBy;
    if (this.#closed) throw this.#error("trap", "its instance is closed");
    this.#say({ type: "run", interface: interfaceName, function: functionName, args });
    this.#isRunning = true;
    try {
      return this.#converse();
    } finally {
      this.#isRunning = false;
    }
  }

  renew({ timeMs, fuel, hostCalls }: RenewedLimits = this.#limits): void {
    if (this.#closed) return;
    if (this.#isRunning) throw new TypeError(`Cannot renew the limits of ${this.plugin} as a call of it goes on`);
    this.#limits = { ...this.#limits, timeMs, fuel, hostCalls };
    this.#deadline = performance.now() + timeMs;
    this.#calls = 0;
  }

  fuelUsed(): undefined {
    return undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#channel.close();
    this.worker.terminate();
  }

  /** Serves the worker's calls until it has come to an end with what it was told to do. */
  #converse(): unknown {
    for (;;) {
      const message = this.#hear();
      switch (message.type) {
        case "call":
          this.#say(this.#serve(message.interface, message.function, message.args));
          break;
        case "ready":
          return undefined;
        case "returned":
          return message.value;
        case "error":
          throw new ComponentError(message.payload);
        case "ended":
          throw this.#ended(message.kind, message.why);
      }
    }
  }

  #serve(interfaceName: string, functionName: string, args: unknown[]): ToWorker {
    if (performance.now() > this.#deadline) throw this.#limit("time-limit");
    if (++this.#calls > this.#limits.hostCalls) throw this.#limit("host-call-limit");
    try {
      return { type: "returned", value: this.imports[interfaceName]![functionName]!(...args) };
    } catch (error) {
      if (error instanceof EngineError) throw this.#end(error);
      if (typeof error === "object" && error !== null && "payload" in error) {
        return { type: "error", payload: error.payload };
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw this.#error("host-failure", `the host failed in a call of it: ${reason}`, error);
    }
  }

  #hear(): FromWorker {
    const maxBytes = this.#limits.valueBytes * BYTES_PER_VALUE_BYTE + ENVELOPE_BYTES;
    let message: unknown;
    try {
      message = this.#channel.receive(Math.max(0, this.#deadline - performance.now()), maxBytes);
    } catch (error) {
      if (error instanceof RangeError) throw this.#limit("value-limit");
      throw this.#error("trap", `its thread cannot be understood: ${error instanceof Error ? error.message : error}`);
    }
    if (message === undefined) throw this.#limit("time-limit");
    return message as FromWorker;
  }

  #say(message: ToWorker): void {
    try {
      this.#channel.send(message);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw this.#error("host-failure", `the host's answer cannot be passed: ${why}`, error);
    }
  }

  #ended(kind: EndKind, why: string): EngineError {
    switch (kind) {
      case "memory-limit":
      case "stack-limit":
      case "value-limit":
        return this.#limit(kind);
      case "host-failure":
        return this.#error(kind, `a value that the host gave it does not fit: ${why}`);
      case "trap":
        return this.#error(kind, `it crashed: ${why}`);
      case "bad-component":
        return this.#error(kind, why);
    }
  }

  #limit(kind: LimitKind): EngineError {
    return this.#end(limitReached(kind, this.plugin, this.#limits, "about 1 MiB"));
  }

  #error(kind: EngineErrorKind, why: string, cause?: unknown): EngineError {
    return this.#end(new EngineError(kind, this.plugin, `Cannot finish plugin ${this.plugin} as ${why}`, { cause }));
  }

  /**
   * Goes on without the thread: a component could catch what is thrown into it. As on wasmtime, it is not entered again.
   * Deno 2.9 ends a thread at its next turn only, so one that loops goes on by itself until the process ends. It reaches
   * nothing any more, and the program ends with its call.
   */
  #end(error: EngineError): EngineError {
    this.#endedBy ??= error;
    this.close();
    return error;
  }
}
