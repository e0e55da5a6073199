import { assertEquals, assertStringIncludes } from "@std/assert";
import { tablesOf } from "./table.ts";
import { SOME_FIGURES } from "./testing.ts";

Deno.test("tablesOf() has a line for each command of a scenario, with ratios where the base was measured", () => {
  const text = tablesOf(SOME_FIGURES);
  for (
    const line of [
      "Not measured: the agent: it is not there",
      "|  | scenario | n | Go new | cold |",
      "| --- | --- | ---: | ---: | ---: |",
      "| ADD | IPv4, 0 held | 5 | 10.0 / 20.0 / 30.0, 1.00x | 15.0 / 30.0 / 45.0, 1.50x |",
      "| DEL | IPv4, 0 held | 5 | 20.0 / 40.0 / 60.0, 1.00x | 5.0 / 10.0 / 15.0, 0.25x |",
      "| ADD | IPv4, <9> held | 5 |  | 2000.0 / 4000.0 / 6000.0 |",
      "| ADD | burst of 250 pods, 8 at once | cold | 12.35 | 1.23x | 400.0 / 800.0 / 1200.0 | 1 | 2 |",
      "| 65,000 | 5 | 0.100 | 0.200 | 0.300 |",
      "| IPv4, 0 held | 100.0 | 50.0 |",
    ]
  ) assertStringIncludes(text, line);
});

Deno.test("tablesOf() leaves out tables without rows", () => {
  const text = tablesOf({ ...SOME_FIGURES, missing: [], calls: [], bursts: [], leases: [], memory: [] });
  assertEquals(text.includes("|"), false);
});
