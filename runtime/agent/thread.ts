// A thread of the agent: it waits for a call, serves it, and waits for the next, all synchronously. That keeps setns(2)
// on the thread where it belongs, and a call from waiting for anybody's event loop. Several threads wait for the same
// socket; the kernel hands each connection to one.
//
// The keeper is a thread that does the agent's own work on attachments, beside the calls. Two more, asynchronous, have this
// node take part in the overlay, and network policies in force.

import { KernelError } from "../../host-funcs/sys/errno.ts";
import { pause } from "../../host-funcs/sys/wait_until.ts";
import { accept, waitReadable } from "../../host-funcs/sys/unix_socket.ts";
import { libDir, setMainModule, stateDir } from "../paths.ts";
import { hasPlugin, pluginName } from "../plugin/registry.ts";
import type { ClusterStart } from "./cluster/messages.ts";
import { keep } from "./keeper/keeper.ts";
import type { PolicyStart } from "./policy/messages.ts";
import { serve } from "./serve.ts";
import type { ThreadMessage, ThreadStart } from "./served.ts";
import type { FromSide, Side, ToSide } from "./side_messages.ts";
import { SharedState } from "./shared_state.ts";
import { WarmThread } from "./warm.ts";

const post = (message: ThreadMessage | FromSide) =>
  (self as unknown as { postMessage(it: unknown): void }).postMessage(message);
const side: Side = {
  post,
  listen: (heard) => addEventListener("message", (event) => heard((event as MessageEvent<ToSide>).data)),
};

/** A thread beyond the first few ends when it had nothing to do for so long. */
const IDLE_MS = 60_000;
/** Milliseconds until a connection that could not be accepted is tried again. */
const PAUSE_MS = 100;

async function serveAll(start: ThreadStart, firstThreads: number): Promise<void> {
  const shared = new SharedState(start.shared);
  const warm = new WarmThread();
  const engine = await warm.ready();
  const identity = {
    release: start.release,
    uid: Deno.uid() ?? 0,
    engine,
    env: (name: string) => Deno.env.get(name),
    stateDir: stateDir(),
    hasPlugin: (type: string) => hasPlugin(libDir(), pluginName(type)),
  };
  const server = { identity, warm, ends: () => shared.ending === "now" };
  post({ kind: "ready" });
  const timeout = start.index < firstThreads ? -1 : IDLE_MS;
  for (;;) {
    // What waits already is not made to wait for preparations.
    if (waitReadable(start.listener, start.waker, 0) === "timeout") warm.plugins.prepare();
    const event = waitReadable(start.listener, start.waker, timeout);
    if (event !== "readable") break;
    const connection = acceptOrPause(start.listener);
    if (connection === undefined) continue;
    shared.setBusy(start.index, true);
    const served = await serve(connection, server);
    shared.setBusy(start.index, false);
    if (served !== undefined) post({ kind: "connection", served });
  }
  await warm.close();
  post({ kind: "ended" });
}

/** Where descriptors or memory are short the connection goes on waiting: to ask again at once would busy a processor. */
function acceptOrPause(listener: number): number | undefined {
  try {
    return accept(listener);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    pause(PAUSE_MS);
    return undefined;
  }
}

type Start = { readonly start: ThreadStart | ClusterStart | PolicyStart; readonly firstThreads: number };

/** What only an agent with an overlay, or with policies, needs is not loaded by others. */
async function begin(start: Start["start"], firstThreads: number): Promise<void> {
  switch (start.role) {
    case "cluster":
      return await (await import("./cluster/take_part.ts")).takePart(start, side);
    case "policy":
      return await (await import("./policy/enforce.ts")).enforce(start, side);
    case "serve":
      return await serveAll(start as ThreadStart, firstThreads);
    case "keep":
      return await keep(start as ThreadStart, post);
  }
}

addEventListener("message", async (event) => {
  const { start, firstThreads } = (event as MessageEvent<Start>).data;
  setMainModule(start.mainModule);
  await begin(start, firstThreads);
  close();
}, { once: true });
