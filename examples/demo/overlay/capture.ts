// What passes a node's eth0, as tcpdump prints it.

import type { DemoNode } from "./network.ts";

const PROGRAM = "/usr/bin/tcpdump";

/** Why nothing can be captured; undefined where tcpdump is installed. */
export async function captureMissing(): Promise<string | undefined> {
  return await Deno.stat(PROGRAM).then(() => undefined, () => "tcpdump is not installed");
}

/** Captures the VXLAN packets that pass while something runs. @returns tcpdump's lines */
export async function captured({ netns }: DemoNode, run: () => void): Promise<string[]> {
  const child = new Deno.Command("nsenter", {
    args: [
      ...[`--net=${netns}`, "--", PROGRAM, "-i", "eth0", "-n", "-l", "-t", "--immediate-mode", "-T", "vxlan"],
      "udp port 8472",
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = new Response(child.stdout).text();
  await isListening(child.stderr);
  run();
  // The answer has passed; tcpdump may not have printed it yet.
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.kill("SIGTERM");
  await child.status;
  return (await lines).split("\n").filter((line) => line !== "");
}

async function isListening(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; !text.includes("listening on");) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
  }
  // Else tcpdump could not say how much it has seen, and would wait.
  void (async () => {
    while (!(await reader.read()).done);
  })();
}
