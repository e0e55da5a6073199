import { assertEquals, assertThrows } from "@std/assert";
import { parseMetrics, valueOf } from "./prometheus.ts";

const GOOD = `# HELP calls_total what was called
# TYPE calls_total counter
calls_total{command="ADD",why="a \\"b\\"\\\\c\\nd"} 3

# HELP left until
# TYPE left gauge
left +Inf
# HELP took seconds
# TYPE took histogram
took_bucket{le="0.1"} 1
took_bucket{le="+Inf"} 2
took_sum 1.5e-3
took_count 2
`;

Deno.test("parseMetrics() reads families, labels and numbers", () => {
  const families = parseMetrics(GOOD);
  assertEquals([...families].map(([name, { type, help }]) => [name, type, help]), [
    ["calls_total", "counter", "what was called"],
    ["left", "gauge", "until"],
    ["took", "histogram", "seconds"],
  ]);
  assertEquals(valueOf(families, "calls_total", { why: 'a "b"\\c\nd', command: "ADD" }), 3);
  assertEquals([valueOf(families, "left"), valueOf(families, "took_sum"), valueOf(families, "calls_total")], [
    Infinity,
    0.0015,
    0,
  ]);
  assertThrows(() => valueOf(families, "other"), Error, "none of that name");
});

const head = "# TYPE a counter\n";
const histogram = "# TYPE a histogram\n";
for (
  const [what, text] of Object.entries({
    "a line that does not end": `${head}a 1`,
    "a sample without a type": "a 1\n",
    "another family's sample": `${head}b 1\n`,
    "a word for a number": `${head}a much\n`,
    "a number that is none": `${head}a 1.2.3\n`,
    "a label without quotes": `${head}a{b=c} 1\n`,
    "a label that comes twice": `${head}a{b="c",b="d"} 1\n`,
    "an escape that there is not": `${head}a{b="\\x"} 1\n`,
    "a sample that comes twice": `${head}a{b="c"} 1\na{b="c"} 2\n`,
    "a second type": `${head}${head}`,
    "a type that there is not": "# TYPE a number\n",
    "buckets that shrink": `${histogram}a_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n`,
    "buckets without an end": `${histogram}a_bucket{le="1"} 2\na_sum 1\na_count 2\n`,
    "a count of its own": `${histogram}a_bucket{le="+Inf"} 2\na_sum 1\na_count 3\n`,
  })
) Deno.test(`parseMetrics() refuses ${what}`, () => void assertThrows(() => parseMetrics(text)));
