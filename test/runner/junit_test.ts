import { assertEquals, assertThrows } from "@std/assert";
import { parseReport } from "./junit.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="3" failures="1" errors="0" time="0.1">
    <testsuite name="./a_test.ts" tests="3" disabled="1" errors="0" failures="1">
        <testcase name="good" classname="./a_test.ts" time="0.000" line="1" col="6">
        </testcase>
        <testcase name="left out (skipped: needs &lt;root&gt; &amp; more)" classname="./a_test.ts" time="0.000">
            <skipped/>
        </testcase>
        <testcase name="bad" classname="./a_test.ts" time="0.000">
            <failure message="no">no.</failure>
        </testcase>
    </testsuite>
</testsuites>
`;

Deno.test("parseReport() tells passed, skipped and failed apart", () => {
  assertEquals(parseReport(REPORT), [
    { file: "./a_test.ts", name: "good", verdict: "passed" },
    { file: "./a_test.ts", name: "left out (skipped: needs <root> & more)", verdict: "skipped" },
    { file: "./a_test.ts", name: "bad", verdict: "failed" },
  ]);
});

Deno.test("parseReport() accepts a report without tests", () => {
  assertEquals(
    parseReport(`<testsuites name="deno test" tests="0" failures="0" errors="0" time="0">\n</testsuites>\n`),
    [],
  );
});

Deno.test("parseReport() refuses what it does not understand in full", () => {
  const bad = [
    "",
    "garbage",
    REPORT.slice(0, 400),
    REPORT.replace(`tests="3" failures="1" errors="0" time`, `tests="4" failures="1" errors="0" time`),
    REPORT.replace(`failures="1" errors="0" time`, `failures="0" errors="0" time`),
    REPORT.replace(`./a_test.ts" tests="3"`, `./a_test.ts" tests="2"`),
  ];
  for (const xml of bad) assertThrows(() => parseReport(xml), Error, "test report");
});
