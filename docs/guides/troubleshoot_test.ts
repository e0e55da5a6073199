// Each message that the guide quotes is one that the program writes.

import { assert, assertEquals } from "@std/assert";
import { ERROR_CODES } from "../../runtime/cni/error_codes.ts";

const GUIDE = new URL("troubleshoot.md", import.meta.url).pathname;
const ROOT = new URL("../..", import.meta.url).pathname;
/** Characters: a shorter piece of a message would be found anywhere. */
const LEAST = 12;

const guide = Deno.readTextFileSync(GUIDE);
const messages = [...guide.matchAll(/^### `(.+)`$/gm)].map(([, text]) => text!);

/** Sources with literals put together that are written in several, and `…` for what they compute. */
function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sources(path);
    else if (/\.tsx?$/.test(name) && !/_test\.ts$/.test(name)) yield literals(Deno.readTextFileSync(path));
  }
}

function literals(source: string): string {
  let text = source;
  // The innermost first: an expression may have literals of its own.
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replace(/\$\{[^{}]*\}/g, "…");
  }
  return text.replace(/["'`]\s*\+\s*["'`]/g, "");
}

/** What of a message is told word by word. */
const piecesOf = (message: string) => message.split("…").map((it) => it.trim()).filter((it) => it.length >= LEAST);

Deno.test("literals() puts a message together", () => {
  assertEquals(literals('`Cannot ${a[`${b}`]} it as ` +\n  "it is gone"'), '`Cannot … it as it is gone"');
});

Deno.test("each message has a piece that can be looked for, and is quoted once", () => {
  for (const message of messages) {
    assert(piecesOf(message).length > 0 || message.startsWith("Cannot ") || message.startsWith("CHECK "), message);
  }
  assertEquals(new Set(messages).size, messages.length);
  assert(messages.length > 30);
});

Deno.test("each message that the guide quotes is written by one file of the program", () => {
  const texts = ["runtime", "host-funcs", "plugins"].flatMap((folder) => [...sources(`${ROOT}${folder}`)]);
  const unknown = messages.filter((message) => {
    const pieces = message.split("…").map((it) => it.trim().replace(/[:,]$/, "")).filter((it) => it !== "");
    return !texts.some((text) => pieces.every((piece) => text.includes(piece)));
  });
  assertEquals(unknown, []);
});

Deno.test("each code that the guide names is one of the program's, or of its plugins", () => {
  const known = new Set<number>(Object.values(ERROR_CODES));
  const named = [...guide.matchAll(/^Codes? (\d+)/gm)].map(([, code]) => Number(code));
  assertEquals(named.filter((code) => !known.has(code) && !(code > 100 && code < 200)), []);
});
