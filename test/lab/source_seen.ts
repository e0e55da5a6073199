// Who spoke: the source address of a TCP connection as the other end sees it, after all translation on the way.

import type { Namespace } from "./namespace.ts";

const PORT = 4242;

const LISTENER = `
const listener = Deno.listen({ hostname: "::", port: ${PORT} });
await Deno.stdout.write(new TextEncoder().encode("listening\\n"));
const connection = await listener.accept();
await Deno.stdout.write(new TextEncoder().encode(connection.remoteAddr.hostname));
await connection.write(new TextEncoder().encode("heard"));
connection.close();
`;

/**
 * Connects from `speaker` to `address`, which has to belong to `listener`.
 * @param port the one to connect to, where something on the way maps it to the listener's 4242
 * @returns the speaker's address as the listener sees it; undefined where no connection came about within 3 s
 */
export async function sourceSeen(
  speaker: Namespace,
  listener: Namespace,
  address: string,
  port = PORT,
): Promise<string | undefined> {
  const server = listener.start([Deno.execPath(), "eval", LISTENER], { env: { NO_COLOR: "1" } });
  const output = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const ready = await output.read();
    if (ready.value !== "listening\n") throw new Error(`Cannot listen in ${listener.name}: ${ready.value}`);
    const { stdout } = await speaker.run(["busybox", "nc", "-w", "3", address, String(port)], { limit: 10_000 });
    if (stdout !== "heard") return undefined;
    return (await output.read()).value?.replace(/^::ffff:/, "");
  } finally {
    kill(server);
    await output.cancel();
    await server.stderr.cancel();
    await server.status;
  }
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
