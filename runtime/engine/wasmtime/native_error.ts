// wasmtime_error_t: every function that can fail returns one, or null.

import { Block, cString, textAt } from "./native_memory.ts";
import type { Wasmtime } from "./symbols.ts";

/** Takes an error's text and frees it; undefined where there is no error. */
export function takeError(lib: Wasmtime, error: Deno.PointerValue): string | undefined {
  if (error === null) return undefined;
  const message = new Block(16);
  lib.wasmtime_error_message(error, message.buffer);
  const length = Number(message.view.getBigUint64(0, true));
  const text = textAt(Number(message.view.getBigUint64(8, true)), length);
  lib.wasm_byte_vec_delete(message.buffer);
  lib.wasmtime_error_delete(error);
  return text;
}

/** An error to hand to libwasmtime, which frees it. */
export function makeError(lib: Wasmtime, message: string): Deno.PointerValue {
  return lib.wasmtime_error_new(cString(message.replaceAll("\0", "")));
}

/** The innermost of libwasmtime's chain of causes, without the backtrace. */
export function rootCause(failure: string): string {
  return causes(failure).at(-1) ?? failure.split("\n")[0]!;
}

/** The whole chain, outermost first, on one line. */
export function allCauses(failure: string): string {
  return [failure.split("\n")[0]!, ...causes(failure)].join(": ");
}

function causes(failure: string): string[] {
  const lines = failure.slice(failure.lastIndexOf("Caused by:")).split("\n").slice(1);
  return lines.map((line) => line.trim().replace(/^\d+: /, "")).filter((line) => line !== "");
}
