import { assertEquals, assertThrows } from "@std/assert";
import { openLibrary, whyUnsafe } from "./library.ts";
import { symbols } from "./symbols.ts";

const folder = await Deno.makeTempDir({ prefix: "cnidaria-library-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const path = `${folder}/libwasmtime.so`;
await Deno.writeTextFile(path, "no library");

Deno.test("openLibrary() refuses a relative path, and a file that is missing or no file", () => {
  assertThrows(() => openLibrary("lib/libwasmtime.so", symbols), Error, "not absolute: lib/libwasmtime.so");
  assertThrows(() => openLibrary(`${folder}/none.so`, symbols), Error, `it does not exist: ${folder}/none.so`);
  assertThrows(() => openLibrary(folder, symbols), Error, "it is no file");
});

Deno.test.each([[0o775], [0o757], [0o777]])("openLibrary() refuses a file that others may write (%o)", (mode) => {
  Deno.chmodSync(path, mode);
  assertThrows(() => openLibrary(path, symbols), Error, `can write to it, its mode is ${mode.toString(8)}`);
});

Deno.test("openLibrary() says so where the file is not the library", () => {
  Deno.chmodSync(path, 0o755);
  assertThrows(
    () => openLibrary(path, symbols),
    Error,
    "Cannot open libwasmtime as it is not the library of version 50",
  );
});

Deno.test({
  name: "whyUnsafe() refuses a file of another user (needs root)",
  ignore: Deno.uid() !== 0,
  fn: () => {
    Deno.chmodSync(path, 0o755);
    assertEquals(whyUnsafe(path), undefined);
    Deno.chownSync(path, 65534, 65534);
    assertEquals(whyUnsafe(path), "it belongs to user 65534: make it belong to root (chown 0:0)");
    Deno.chownSync(path, 0, 0);
  },
});
