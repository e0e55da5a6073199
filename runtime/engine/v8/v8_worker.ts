/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// The thread in which a component runs on v8. Nothing ends a WebAssembly loop from within, but the host can wait for the
// thread with Atomics, serve its calls, stay synchronous, and go on without it when its time is over.
//
// It is an entry of its own in the bundle. It needs no permission: code and modules are handed to it. Worker permissions
// are an unstable option of Deno, so the glue loses sight of Deno and of all that reaches outside instead.

import { ValueBudget, ValueTooLarge } from "../limit.ts";
import { DENIED_GROWTH } from "../memory_growth.ts";
import { Channel, ChannelClosed, WORKER } from "./channel.ts";
import { countedInstantiation, TooManyInstances } from "./core_instances.ts";
import { guardLifting } from "./lift_guard.ts";
import type { FromWorker, Start, ToWorker } from "./protocol.ts";

/** The err case of a host function's result, as jco's glue wants it: an own property `payload`. */
class HostError extends Error {
  constructor(readonly payload: unknown) {
    super("the host answered an error");
  }
}

type Functions = Record<string, (...args: unknown[]) => unknown>;
interface Glue {
  instantiate(
    getCoreModule: (name: string) => WebAssembly.Module,
    imports: Record<string, Functions>,
    instantiateCore: ReturnType<typeof countedInstantiation>,
  ): Record<string, Functions>;
}

/** What a message has beside the values in it, and what the glue keeps of a call. */
const ENVELOPE_BYTES = 1024;

const OUTSIDE = ["Deno", "Worker", "fetch", "WebSocket", "BroadcastChannel", "caches", "localStorage", "navigator"];

self.onmessage = ({ data }: MessageEvent<Start>) => {
  self.onmessage = null;
  try {
    serve(data);
  } catch (error) {
    if (!(error instanceof ChannelClosed)) throw error;
  } finally {
    self.close();
  }
};

/** Is one instance, until the host closes the channel. What it cannot do, it tells: the host would wait in vain. */
function serve(data: Start): void {
  const host = new Host(data);
  try {
    converse(data, host);
  } catch (error) {
    host.end(error);
  }
}

function converse(data: Start, host: Host): void {
  // The glue looks at `process`, and Deno would load node:process for that.
  Object.defineProperty(globalThis, "process", { value: undefined });
  for (const name of OUTSIDE) Object.defineProperty(globalThis, name, { value: undefined });
  guardLifting(host.budget, (error) => host.end(error));
  const exports = instantiate(data, host);
  host.say({ type: "ready" });
  for (;;) {
    const message = host.listen();
    host.budget.reset();
    if (message.type === "run") run(exports, host, message.interface, message.function, message.args);
  }
}

function instantiate(data: Start, host: Host): Record<string, Functions> {
  const glue: Glue = (0, eval)(data.glue);
  return glue.instantiate(
    (name) => data.modules.get(name)?.module ?? fail(`its core module ${name} is missing`),
    offered(data.imports, host),
    countedInstantiation(data.modules.values()),
  );
}

/** The other side of the conversation. */
class Host {
  readonly #channel: Channel;
  /** Of what crosses in one call; begins anew whenever the host has had the word. */
  readonly budget: ValueBudget;
  /** Whether it has closed the channel. */
  isOver = false;

  constructor({ memory, valueBytes }: Start) {
    this.#channel = new Channel(memory, WORKER);
    this.budget = new ValueBudget(valueBytes + ENVELOPE_BYTES);
  }

  say(message: FromWorker): void {
    // What the glue has counted as it made the values does not count twice.
    this.budget.reset();
    try {
      this.#channel.send(message, this.budget);
    } catch (error) {
      if (error instanceof ValueTooLarge || error instanceof RangeError) this.end(error);
      throw error;
    }
  }

  listen(): ToWorker {
    try {
      return this.#channel.receive() as ToWorker;
    } catch (error) {
      this.isOver = true;
      throw error;
    }
  }

  /** The component has come to an end. The host terminates this thread: what is thrown here, a component could catch. */
  end(error: unknown): never {
    if (error instanceof ChannelClosed) throw error;
    this.#channel.send({ type: "ended", ...reason(error) } satisfies FromWorker);
    for (;;) this.listen();
  }
}

function run(
  exports: Record<string, Functions>,
  host: Host,
  interfaceName: string,
  functionName: string,
  args: readonly unknown[],
): void {
  const exported = exports[interfaceName]?.[functionName];
  if (exported === undefined) throw new Missing(`it does not export ${functionName} of ${interfaceName}`);
  let value: unknown;
  try {
    value = exported(...args);
  } catch (error) {
    if (!(error instanceof HostError) && error instanceof Error && Object.hasOwn(error, "payload")) {
      return host.say({ type: "error", payload: (error as Error & { payload: unknown }).payload });
    }
    throw error;
  }
  host.say({ type: "returned", value });
}

/** The host's functions, under the names by which the glue looks for them: with and without the version. */
function offered(imports: Start["imports"], host: Host): Record<string, Functions> {
  const interfaces: Record<string, Functions> = {};
  for (const [interfaceName, names] of Object.entries(imports)) {
    const functions: Functions = {};
    for (const name of names) {
      functions[name] = (...args) => {
        if (host.isOver) sleep();
        host.say({ type: "call", interface: interfaceName, function: name, args });
        const answer = host.listen();
        host.budget.reset();
        if (answer.type === "returned") return answer.value;
        if (answer.type === "error") throw new HostError(answer.payload);
        throw new TypeError("the host gave no answer");
      };
    }
    const complete = complaining(functions, `${interfaceName} has no `);
    interfaces[interfaceName] = complete;
    interfaces[interfaceName.replace(/@[^@/]*$/, "")] = complete;
  }
  return complaining(interfaces, "there is no ");
}

/** For ever. A component that caught the end of the conversation would otherwise keep a core busy. */
function sleep(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** An object that says what is missing where the glue looks for it in vain. */
function complaining<T extends object>(object: T, what: string): T {
  return new Proxy(object, { get: (target, name) => Reflect.get(target, name) ?? fail(what + String(name)) });
}

class Missing extends Error {}

function fail(what: string): never {
  throw new Missing(`the host does not offer what it imports: ${what}`);
}

type Reason = Pick<FromWorker & { type: "ended" }, "kind" | "why">;

function reason(error: unknown): Reason {
  const why = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(error, why), why };
}

function kindOf(error: unknown, why: string): Reason["kind"] {
  if (!(error instanceof Error)) return "trap";
  if (error.stack?.includes(DENIED_GROWTH)) return "memory-limit";
  if (error instanceof ValueTooLarge) return "value-limit";
  if (error instanceof RangeError) {
    if (why.includes("call stack")) return "stack-limit";
    if (why.startsWith("Cannot pass a message")) return "value-limit";
  }
  if (error instanceof TypeError) return kindOfTypeError(why);
  const broken = error instanceof Missing || error instanceof TooManyInstances ||
    error instanceof WebAssembly.LinkError || error instanceof WebAssembly.CompileError;
  return broken ? "bad-component" : "trap";
}

/** The glue's: of what the component has not got, of a value that it gave, or else of one that the host gave. */
function kindOfTypeError(why: string): Reason["kind"] {
  if (why.startsWith("WebAssembly.") || why.endsWith("is not a function")) return "bad-component";
  return /discriminant|not aligned/.test(why) ? "trap" : "host-failure";
}
