// A question on the terminal, answered by a line.

import type { Output } from "../output.ts";

/** Asks on stderr, reads from stdin. Undefined where stdin is no terminal: nobody is there to answer. */
export function ask(output: Output): ((question: string) => boolean) | undefined {
  if (!Deno.stdin.isTerminal()) return undefined;
  return (question) => {
    output.complain(question);
    return isYes(readLine());
  };
}

/** Anything but a clear yes is a no. */
export function isYes(line: string): boolean {
  return /^\s*y(es)?\s*$/i.test(line);
}

function readLine(): string {
  const buffer = new Uint8Array(1024);
  // A terminal hands over one line at a time.
  const length = Deno.stdin.readSync(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length));
}
