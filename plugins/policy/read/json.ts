// JSON text that anybody may have written: what is none, or would end the component, is an error like any other.

import { type Place, show } from "./place.ts";

/** A spec is less than a dozen deep. QuickJS goes down by a call for each level: 400 of them fit wasmtime's stack, 600 do not. */
const MAX_DEPTH = 200;

/** Characters: 13,000 peers that are networks. Of what is longer, a few policies would use up the fuel of all. */
const MAX_LENGTH = 524_288;

/** Undefined where it cannot be read, which is refused. */
export function readJson(text: string, at: Place): unknown {
  if (text.length > MAX_LENGTH) {
    at.refuse(`has ${text.length} characters of JSON, and at most ${MAX_LENGTH} are read; several policies add up`);
    return undefined;
  }
  if (isDeep(text)) {
    at.refuse(`has more than ${MAX_DEPTH} objects and lists inside each other`);
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    at.refuse(`is no JSON (${error instanceof Error ? error.message : error}): ${show(text)}`);
    return undefined;
  }
}

function isDeep(text: string): boolean {
  // Two functions in C tell of nearly all specs that they are not.
  if (text.split("[", MAX_DEPTH).length + text.split("{", MAX_DEPTH).length < MAX_DEPTH) return false;
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (isText) {
      if (char === BACKSLASH) at++;
      else if (char === QUOTE) isText = false;
    } else if (char === QUOTE) isText = true;
    else if (char === OBJECT || char === LIST) {
      if (++depth > MAX_DEPTH) return true;
    } else if (char === OBJECT_END || char === LIST_END) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
