import { assertEquals } from "@std/assert";
import { concat, Reader, section } from "./binary/reader.ts";
import { DENIED_GROWTH, trapOnDeniedGrowth } from "./memory_growth.ts";

const MODULE_HEAD = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const COMPONENT_HEAD = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);

/** A module with a memory of 1 to 3 pages, and `grow`, a function of one i32 parameter and result with that body. */
function moduleWith(body: number[], names: Uint8Array[] = []): Uint8Array<ArrayBuffer> {
  return concat([
    MODULE_HEAD,
    section(1, [Uint8Array.of(1, 0x60, 1, 0x7f, 1, 0x7f)]),
    section(3, [Uint8Array.of(1, 0)]),
    section(5, [Uint8Array.of(1, 1, 1, 3)]),
    section(7, [Uint8Array.of(1, 4, ...new TextEncoder().encode("grow"), 0, 0)]),
    section(10, [Uint8Array.of(1, body.length + 1, 0, ...body)]),
    ...names,
  ]);
}

/** Changes a component that holds the module in a component of its own, and takes the module out again. */
function changed(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const inner = concat([COMPONENT_HEAD, section(1, [module])]);
  const component = trapOnDeniedGrowth(concat([COMPONENT_HEAD, section(4, [inner])]));
  const [outer] = new Reader(component).sections();
  const [found] = new Reader(component.slice(outer!.content.at)).sections();
  return new Uint8Array(found!.content.bytes.slice(found!.content.at, found!.content.end));
}

function growOf(module: Uint8Array<ArrayBuffer>): (pages: number) => number {
  return new WebAssembly.Instance(new WebAssembly.Module(module)).exports["grow"] as (pages: number) => number;
}

/** local.get 0, memory.grow 0, end */
const GROW = [0x20, 0, 0x40, 0, 0x0b];

function trapOf(grow: (pages: number) => number, pages: number): string {
  try {
    return `no trap but ${grow(pages)}`;
  } catch (error) {
    return (error as Error).stack!;
  }
}

Deno.test("trapOnDeniedGrowth() lets memory grow, and traps by name where it may not", () => {
  const grow = growOf(changed(moduleWith(GROW)));
  assertEquals([grow(1), grow(0), grow(1), grow(0)], [1, 2, 2, 3]);
  assertEquals(trapOf(grow, 1).includes(DENIED_GROWTH), true);
  assertEquals(growOf(moduleWith(GROW))(9), -1);
});

Deno.test("trapOnDeniedGrowth() names its function also where the module has names of its own", () => {
  const name = new TextEncoder().encode("name");
  const own = section(0, [Uint8Array.of(4, ...name, 1, 4, 1, 0, 1, 0x67)]);
  const grow = growOf(changed(moduleWith(GROW, [own])));
  assertEquals(trapOf(grow, 5).includes(DENIED_GROWTH), true);
});

Deno.test("trapOnDeniedGrowth() takes no operand for a memory.grow", () => {
  // i32.const 64, drop, i64.const -64 (0x40), drop, block void (0x40), nop, end, local.get 0, end
  const body = [0x41, 0xc0, 0, 0x1a, 0x42, 0x40, 0x1a, 0x02, 0x40, 0x01, 0x0b, 0x20, 0, 0x0b];
  assertEquals(changed(moduleWith(body)), moduleWith(body));
});

Deno.test("trapOnDeniedGrowth() leaves a module with an unknown instruction as it is", () => {
  const module = moduleWith([0xff, ...GROW]);
  assertEquals(changed(module), module);
});

Deno.test("trapOnDeniedGrowth() leaves what is no component, or is cut short, as it is", () => {
  const cut = concat([COMPONENT_HEAD, Uint8Array.of(1, 100, 0)]);
  for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), moduleWith(GROW), cut]) {
    assertEquals(trapOnDeniedGrowth(bytes), bytes);
  }
});
