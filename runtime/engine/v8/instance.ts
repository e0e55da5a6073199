// One instance of a component, in a worker of its own. The host's thread waits for it, and serves its calls meanwhile.

import {
  ComponentError,
  EngineError,
  type EngineErrorKind,
  type Imports,
  type Instance,
  type Limits,
} from "../engine.ts";
import { Channel, channelMemory, HOST } from "./channel.ts";
import type { EndKind, FromWorker, Start, ToWorker } from "./protocol.ts";

export class V8Instance implements Instance {
  readonly #channel: Channel;
  #failure: unknown;
  #closed = false;

  /** @throws {EngineError} */
  constructor(
    private readonly plugin: string,
    private readonly worker: Worker,
    glue: string,
    modules: ReadonlyMap<string, WebAssembly.Module>,
    private readonly imports: Imports,
    private readonly limits: Limits,
    private readonly deadline: number,
  ) {
    const memory = channelMemory();
    this.#channel = new Channel(memory, HOST);
    this.#channel.open();
    const names = Object.entries(imports).map(([name, functions]) => [name, Object.keys(functions)]);
    this.worker.postMessage({ memory, glue, modules, imports: Object.fromEntries(names) } satisfies Start);
    this.#converse();
  }

  call(interfaceName: string, functionName: string, args: readonly unknown[]): unknown {
    if (this.#closed) throw this.#error("trap", "its instance is closed");
    this.#say({ type: "run", interface: interfaceName, function: functionName, args });
    return this.#converse();
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
    if (performance.now() > this.deadline) throw this.#late();
    try {
      return { type: "returned", value: this.imports[interfaceName]![functionName]!(...args) };
    } catch (error) {
      if (!(error instanceof EngineError) && typeof error === "object" && error !== null && "payload" in error) {
        return { type: "error", payload: error.payload };
      }
      this.#failure = error ?? new Error("it threw nothing");
      return { type: "abort" };
    }
  }

  #hear(): FromWorker {
    const message = this.#channel.receive(Math.max(0, this.deadline - performance.now()));
    if (message === undefined) throw this.#late();
    return message as FromWorker;
  }

  #say(message: ToWorker): void {
    try {
      this.#channel.send(message);
    } catch (error) {
      this.close();
      const why = error instanceof Error ? error.message : String(error);
      throw this.#error("host-failure", `the host's answer cannot be passed: ${why}`, error);
    }
  }

  #late(): EngineError {
    this.close();
    return this.#error("time-limit", `it ran longer than its limit of ${this.limits.timeMs} ms`);
  }

  #ended(kind: EndKind, why: string): EngineError {
    const thrown = this.#failure;
    this.#failure = undefined;
    // As wasmtime has it: an instance that trapped cannot be entered again.
    this.close();
    if (thrown instanceof EngineError) return thrown;
    if (thrown !== undefined) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      return this.#error("host-failure", `the host failed in a call of it: ${reason}`, thrown);
    }
    if (kind === "memory-limit") {
      return this.#error(kind, `it needs more than its limit of ${this.limits.memoryBytes} bytes of memory`);
    }
    if (kind === "host-failure") return this.#error(kind, `a value that the host gave it does not fit: ${why}`);
    return this.#error(kind, kind === "trap" ? `it crashed: ${why}` : why);
  }

  #error(kind: EngineErrorKind, why: string, cause?: unknown): EngineError {
    return new EngineError(kind, this.plugin, `Cannot finish plugin ${this.plugin} as ${why}`, { cause });
  }
}
