import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { CommanderError } from "commander";
import { optionsOf } from "./options.ts";
import { FULL, QUICK } from "./scenarios.ts";

Deno.test("without options everything is measured, and the plot goes into the repository", () => {
  const { extent, rounds, out, plot } = optionsOf([]);
  assertEquals([extent, rounds], [FULL, 30]);
  assertMatch(out, /\/dist\/bench\.json$/);
  assertMatch(plot, /\/test\/bench\/bench\.svg$/);
});

Deno.test("a run of a part leaves the repository's plot alone", () => {
  for (const words of [["--quick"], ["--only", "IPv4"], ["--held", "0"]]) {
    assertMatch(optionsOf(words).plot, /\/dist\/bench\.svg$/);
  }
});

Deno.test("options replace what --quick sets", () => {
  const { extent, rounds, out } = optionsOf([
    "--quick",
    "--rounds",
    "7",
    "--held",
    "0,20",
    "--only",
    "x",
    "--out",
    "/o",
  ]);
  assertEquals({ extent, rounds, out }, { extent: { ...QUICK, held: [0, 20], only: "x" }, rounds: 7, out: "/o" });
});

Deno.test("optionsOf() refuses what is no number", () => {
  for (const words of [["--rounds", "0"], ["--rounds", "x"], ["--held", "0,-1"], ["--held", "70000"]]) {
    assertThrows(() => optionsOf(words), CommanderError);
  }
});
