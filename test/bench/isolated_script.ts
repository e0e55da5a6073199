// Runs a script of the bench in namespaces of its own, where it may make what it likes.

import { isolated } from "../runner/isolate.ts";

/**
 * @param script URL of the module
 * @param what completes "Cannot measure"
 * @param missing why it cannot run here; looked at only where namespaces can be had
 * @returns the exit code
 */
export async function runIsolated(
  script: URL,
  what: string,
  missing: () => string | undefined | Promise<string | undefined>,
): Promise<number> {
  const { argv: [program = "", ...args], why } = isolated([
    Deno.execPath(),
    "run",
    "-A",
    script.pathname,
    ...Deno.args,
  ]);
  const reason = why ?? await missing();
  if (reason !== undefined) {
    await Deno.stderr.write(new TextEncoder().encode(`Cannot measure ${what}: ${reason}\n`));
    return 1;
  }
  const directory = await Deno.makeTempDir({ prefix: "cnidaria-bench-" });
  try {
    const child = new Deno.Command(program, { args, env: { TMPDIR: directory }, stdin: "null" }).spawn();
    return (await child.status).code;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

export function iperfMissing(): string | undefined {
  try {
    Deno.statSync("/usr/bin/iperf3");
    return undefined;
  } catch {
    return "needs iperf3";
  }
}
