// JSON text that anybody may have written: what is none, or too deep for QuickJS's stack, is an error like any other.

import { type Place, show } from "./place.ts";

/** A spec is less than a dozen deep. */
const MAX_DEPTH = 64;

/** Undefined where it cannot be read, which is refused. */
export function readJson(text: string, at: Place): unknown {
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

const [QUOTE, BACKSLASH, LIST, LIST_END, OBJECT, OBJECT_END] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];
