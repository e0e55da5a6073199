// Calls plugins as a container runtime does, from inside a node's namespace: `caller.ts` starts it there. So a time has
// no `nsenter` in it, but what starting a process costs Deno, which is the same for every contestant.

import type { Invocation } from "../lab/cni_call.ts";
import { type Batch, type BatchAnswer, type CallAnswer, linesOf } from "./batch.ts";

/** Milliseconds after which a call has failed. */
const LIMIT = 60_000;

let stopped = false;
let busy = false;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

// Ctrl-C reaches the plugins as well. No call that is under way is left behind: what it makes has to be removed.
Deno.addSignalListener("SIGINT", () => stopped = true);
Deno.addSignalListener("SIGTERM", () => {
  stopped = true;
  if (!busy) Deno.exit(0);
});

async function call({ argv: [program = "", ...args], env, input }: Invocation): Promise<CallAnswer> {
  const bytes = encoder.encode(input);
  const command = new Deno.Command(program, {
    args,
    env: { ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const began = performance.now();
  const child = command.spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  const writer = child.stdin.getWriter();
  // A program that ends before it has read its input closes the pipe: its exit status tells.
  writer.write(bytes).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const ms = performance.now() - began;
  clearTimeout(timer);
  return { ms, code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function run({ calls, parallel }: Batch): Promise<BatchAnswer> {
  const answers: CallAnswer[] = [];
  const waiting = calls.entries();
  const work = async () => {
    for (const [index, invocation] of waiting) {
      if (stopped) return;
      answers[index] = await call(invocation);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: parallel }, work));
  return { answers, wall: performance.now() - began };
}

for await (const line of linesOf(Deno.stdin.readable)) {
  busy = true;
  const answer = await run(JSON.parse(line) as Batch);
  busy = false;
  if (stopped) break;
  await Deno.stdout.write(encoder.encode(`${JSON.stringify(answer)}\n`));
}
Deno.exit(0);
