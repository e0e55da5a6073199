import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../lab/command.ts";
import { plotOf } from "./plot.ts";
import { SOME_FIGURES } from "./testing.ts";

/** What a person reads in it, in the order of the document. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
}

Deno.test("plotOf() names every contestant, scenario, command and unit, on white", () => {
  const svg = plotOf(SOME_FIGURES)!;
  const texts = textsOf(svg);
  for (const label of ["Go new", "cold", "IPv4", "0 held", "&lt;9&gt; held"]) {
    assertEquals(texts.includes(label), true, label);
  }
  for (const command of ["ADD", "DEL"]) assertEquals(texts.includes(`${command}, ms (logarithmic)`), true, command);
  assertStringIncludes(svg, 'fill="#ffffff"');
});

Deno.test("plotOf() writes well-formed XML that nothing outside belongs to", async () => {
  const svg = plotOf(SOME_FIGURES)!;
  const reader = "import sys, xml.dom.minidom as m; m.parseString(sys.stdin.buffer.read())";
  assertEquals(await run(["python3", "-c", reader], { input: svg }), { code: 0, stdout: "", stderr: "" });
  assertEquals(/<script|<image|href="http/.test(svg), false);
});

Deno.test("plotOf() draws nothing where no single calls were measured", () => {
  assertEquals(plotOf({ ...SOME_FIGURES, calls: [] }), undefined);
});
