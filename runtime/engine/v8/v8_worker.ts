/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// The thread in which a component runs on v8. Only terminating its thread ends a WebAssembly loop; and the host can wait
// for it with Atomics, serve its calls, and stay synchronous.
//
// It is an entry of its own in the bundle. It needs no permission: code and modules are handed to it. Worker permissions
// are an unstable option of Deno, so the glue loses sight of Deno and of all that reaches outside instead.

import { DENIED_GROWTH } from "../memory_growth.ts";
import { Channel, ChannelClosed, WORKER } from "./channel.ts";
import type { FromWorker, Start, ToWorker } from "./protocol.ts";

/** Ends a component whose host function failed: it has no payload, so the glue cannot take it for a WIT error. */
class HostFailed extends Error {}

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
  ): Record<string, Functions>;
}

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

/** Is one instance, until the host closes the channel. */
function serve(data: Start): void {
  const channel = new Channel(data.memory, WORKER);
  const say = (message: FromWorker) => channel.send(message);
  const listen = () => channel.receive() as ToWorker;
  // The glue looks at `process`, and Deno would load node:process for that.
  Object.defineProperty(globalThis, "process", { value: undefined });
  for (const name of OUTSIDE) Object.defineProperty(globalThis, name, { value: undefined });
  let exports: Record<string, Functions>;
  try {
    const glue: Glue = (0, eval)(data.glue);
    exports = glue.instantiate(
      (name) => data.modules.get(name) ?? fail(`its core module ${name} is missing`),
      offered(data.imports, say, listen),
    );
  } catch (error) {
    return say({ type: "ended", ...reason(error) });
  }
  say({ type: "ready" });
  for (;;) {
    const message = listen();
    if (message.type === "run") say(run(exports, message.interface, message.function, message.args));
  }
}

function run(
  exports: Record<string, Functions>,
  interfaceName: string,
  functionName: string,
  args: readonly unknown[],
): FromWorker {
  const exported = exports[interfaceName]?.[functionName];
  if (exported === undefined) {
    return { type: "ended", kind: "bad-component", why: `it does not export ${functionName} of ${interfaceName}` };
  }
  try {
    return { type: "returned", value: exported(...args) };
  } catch (error) {
    if (!(error instanceof HostError) && error instanceof Error && Object.hasOwn(error, "payload")) {
      return { type: "error", payload: (error as Error & { payload: unknown }).payload };
    }
    return { type: "ended", ...reason(error) };
  }
}

/** The host's functions, under the names by which the glue looks for them: with and without the version. */
function offered(
  imports: Start["imports"],
  say: (message: FromWorker) => void,
  listen: () => ToWorker,
): Record<string, Functions> {
  const interfaces: Record<string, Functions> = {};
  for (const [interfaceName, names] of Object.entries(imports)) {
    const functions: Functions = {};
    for (const name of names) {
      functions[name] = (...args) => {
        say({ type: "call", interface: interfaceName, function: name, args });
        const answer = listen();
        if (answer.type === "returned") return answer.value;
        throw answer.type === "error" ? new HostError(answer.payload) : new HostFailed("the host function failed");
      };
    }
    const complete = complaining(functions, `${interfaceName} has no `);
    interfaces[interfaceName] = complete;
    interfaces[interfaceName.replace(/@[^@/]*$/, "")] = complete;
  }
  return complaining(interfaces, "there is no ");
}

/** An object that says what is missing where the glue looks for it in vain. */
function complaining<T extends object>(object: T, what: string): T {
  return new Proxy(object, { get: (target, name) => Reflect.get(target, name) ?? fail(what + String(name)) });
}

class MissingImport extends Error {}

function fail(what: string): never {
  throw new MissingImport(`the host does not offer what it imports: ${what}`);
}

type Reason = Pick<FromWorker & { type: "ended" }, "kind" | "why">;

function reason(error: unknown): Reason {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.stack?.includes(DENIED_GROWTH)) return { kind: "memory-limit", why };
  // The glue's, which found a value of the host that is not of its WIT type.
  if (error instanceof TypeError) return { kind: "host-failure", why };
  const broken = error instanceof MissingImport || error instanceof WebAssembly.LinkError ||
    error instanceof WebAssembly.CompileError;
  return { kind: broken ? "bad-component" : "trap", why };
}
