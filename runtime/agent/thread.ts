// A thread of the agent: it waits for a call, serves it, and waits for the next, all synchronously. That keeps setns(2)
// on the thread where it belongs, and a call from waiting for anybody's event loop. Several threads wait for the same
// socket; the kernel hands each connection to one.
//
// The keeper is a thread that does the agent's own work on attachments, beside the calls.

import { accept, waitReadable } from "../../host-funcs/sys/unix_socket.ts";
import type { EngineChoice } from "../engine/open_engine.ts";
import { setMainModule } from "../paths.ts";
import { keep } from "./keeper/keeper.ts";
import { serve } from "./serve.ts";
import type { ThreadMessage, ThreadStart } from "./served.ts";
import { SharedState } from "./shared_state.ts";
import { WarmThread } from "./warm.ts";

const post = (message: ThreadMessage) => (self as unknown as { postMessage(it: unknown): void }).postMessage(message);

/** A thread beyond the first few ends when it had nothing to do for so long. */
const IDLE_MS = 60_000;

async function serveAll(start: ThreadStart, firstThreads: number): Promise<void> {
  const shared = new SharedState(start.shared);
  const warm = new WarmThread((Deno.env.get("CNIDARIA_ENGINE") ?? "auto") as EngineChoice);
  const identity = { release: start.release, uid: Deno.uid() ?? 0, env: (name: string) => Deno.env.get(name) };
  const server = { identity, warm, ends: () => shared.ending === "now" };
  await warm.ready();
  post({ kind: "ready" });
  const timeout = start.index < firstThreads ? -1 : IDLE_MS;
  for (;;) {
    // What waits already is not made to wait for preparations.
    if (waitReadable(start.listener, start.waker, 0) === "timeout") warm.plugins.prepare();
    const event = waitReadable(start.listener, start.waker, timeout);
    if (event !== "readable") break;
    const connection = accept(start.listener);
    if (connection === undefined) continue;
    shared.setBusy(start.index, true);
    const served = await serve(connection, server);
    shared.setBusy(start.index, false);
    if (served !== undefined) post({ kind: "connection", served });
  }
  await warm.close();
  post({ kind: "ended" });
}

addEventListener("message", async (event) => {
  const { start, firstThreads } = (event as MessageEvent<{ start: ThreadStart; firstThreads: number }>).data;
  setMainModule(start.mainModule);
  if (start.role === "serve") await serveAll(start, firstThreads);
  else await keep(start, post);
  close();
}, { once: true });
