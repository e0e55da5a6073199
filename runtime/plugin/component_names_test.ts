import { assertEquals, assertThrows } from "@std/assert";
import { componentNames } from "./component_names.ts";

const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
const section = (id: number, ...content: number[]) => [id, content.length, ...content];
const component = (...sections: number[][]) =>
  new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00, ...sections.flat()]);

Deno.test("componentNames() reads imports of every sort, exports with and without a type, and skips the rest", () => {
  const bytes = component(
    section(0, ...text("name"), 1, 2, 3),
    section(10, 3, 1, ...text("a:b/links@0.1.0"), 0x05, 0, 0, ...text("f"), 0x01, 1, 0, ...text("t"), 0x03, 0x01),
    section(10, 2, 0, ...text("m"), 0x00, 0x11, 2, 2, ...text("v"), ...text("0.1"), 0x03, 0x00, 3),
    section(11, 2, 0, ...text("run"), 0x01, 4, 0, 1, ...text("a:b/cni@0.1.0"), 0x05, 5, 1, 0x05, 6),
  );
  assertEquals(componentNames(bytes), {
    imports: ["a:b/links@0.1.0", "f", "m", "t", "v"],
    exports: ["a:b/cni@0.1.0", "run"],
  });
});

Deno.test("componentNames() refuses a core module, and a component that was cut short", () => {
  assertThrows(() => componentNames(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])), Error, "first bytes");
  assertThrows(() => componentNames(component(section(10, 1, 0, ...text("a"))).slice(0, -1)), Error, "too early");
  assertThrows(() => componentNames(component([10, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])), Error, "too long");
});
