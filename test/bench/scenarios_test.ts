import { assertEquals } from "@std/assert";
import { FULL, QUICK, scenariosOf } from "./scenarios.ts";

const names = (only: string, extent = FULL) => scenariosOf({ ...extent, only }).map(({ name }) => name);

Deno.test("scenariosOf() has every combination once", () => {
  const all = names("");
  assertEquals(all.length, 3 * 2 * 2 + 3 + 1);
  assertEquals(new Set(all).size, all.length);
  assertEquals(names("", QUICK).length, 2 * 2 * 2 + 3 + 1);
});

Deno.test("scenariosOf() chooses by a part of the name, in any case", () => {
  assertEquals(names("DUAL STACK, ipmasq, 10,000"), ["dual stack, ipMasq, 10,000 held"]);
  assertEquals(names("burst"), [1, 8, 32].map((parallel) => `burst of 250 pods, ${parallel} at once`));
  assertEquals(names("leases"), ["leases"]);
  assertEquals(names("nothing of that name"), []);
});

Deno.test("scenariosOf() fills a pool from few leases to many", () => {
  const [leases] = scenariosOf({ ...FULL, leases: [10, 0, 5], only: "leases" });
  assertEquals(leases, { kind: "leases", name: "leases", held: [0, 5, 10] });
});
