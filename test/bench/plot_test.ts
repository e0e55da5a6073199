import { assertEquals, assertStringIncludes } from "@std/assert";
import { plotOf } from "./plot.ts";
import { SOME_FIGURES } from "./testing.ts";

// echarts asks for a next frame, which comes 16 ms later and finds that the chart is gone.
const drawing = { sanitizeOps: false, sanitizeResources: false };

/** What a person reads in it, in the order of the document. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
}

Deno.test("plotOf() names every contestant, scenario, command and unit, on white", drawing, () => {
  const svg = plotOf(SOME_FIGURES)!;
  const texts = textsOf(svg);
  for (const label of ["Go new", "cold", "IPv4", "0 held", "&lt;9&gt; held"]) {
    assertEquals(texts.includes(label), true, label);
  }
  for (const command of ["ADD", "DEL"]) assertEquals(texts.includes(`${command}, ms (logarithmic)`), true, command);
  assertStringIncludes(svg, 'fill="#ffffff"');
});

/** Names of the elements that are open at the end: none, where every one is closed in its turn. */
function openAtEnd(svg: string): string[] {
  const open: string[] = [];
  for (const [tag, closing, name] of svg.matchAll(/<(\/?)(\w+)[^<>]*>/g)) {
    if (closing === "/") assertEquals(open.pop(), name);
    else if (!tag.endsWith("/>")) open.push(name!);
  }
  return open;
}

Deno.test("plotOf() writes one element, closed, that nothing outside belongs to", drawing, () => {
  const svg = plotOf(SOME_FIGURES)!;
  assertEquals([svg.slice(0, 5), openAtEnd(svg)], ["<svg ", []]);
  assertEquals(/<script|<image|href="http/.test(svg), false);
});

Deno.test("plotOf() draws nothing where no single calls were measured", () => {
  assertEquals(plotOf({ ...SOME_FIGURES, calls: [] }), undefined);
});
