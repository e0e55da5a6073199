import { assertEquals, assertThrows } from "@std/assert";
import { concat, leb, MalformedBinary, section } from "../binary/reader.ts";
import { componentImports } from "./component_imports.ts";

const HEAD = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
/** externdesc of an instance of type 0. */
const INSTANCE = [0x05, 0];

function imported(name: string, ...description: number[]): Uint8Array {
  const text = new TextEncoder().encode(name);
  return Uint8Array.of(0, ...leb(text.length), ...text, ...description);
}

Deno.test("componentImports() reads names of all kinds of imports, from all sections, sorted", () => {
  const component = concat([
    HEAD,
    section(10, [leb(2), imported("b:c/d@1.0.0", ...INSTANCE), imported("module", 0x00, 0x11, 0)]),
    section(0, [Uint8Array.of(1, 0x78)]),
    section(10, [
      leb(3),
      imported("type", 0x03, 0x01),
      imported("same", 0x03, 0x00, 4),
      imported("a:b/c", ...INSTANCE),
    ]),
  ]);
  assertEquals(componentImports(component), ["a:b/c", "b:c/d@1.0.0", "module", "same", "type"]);
});

Deno.test("componentImports() refuses what is no component, or cut short", () => {
  assertThrows(() => componentImports(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)), MalformedBinary, "no component");
  assertThrows(() => componentImports(concat([HEAD, Uint8Array.of(10, 5, 1)])), MalformedBinary, "cut short");
  assertThrows(() => componentImports(concat([HEAD, section(10, [leb(1), Uint8Array.of(0, 9)])])), MalformedBinary);
});
