import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Forecast } from "./forecast.ts";

const MINUTE = 60_000;

Deno.test("a pool that fills by one a minute is full when its rest has been given", () => {
  const forecast = new Forecast();
  for (let minute = 0; minute <= 10; minute++) forecast.add(minute * MINUTE, 100 + minute);
  assertAlmostEquals(forecast.secondsLeft(254), (254 - 110) * 60, 0.001);
});

Deno.test("what was more than an hour ago does not count", () => {
  const forecast = new Forecast();
  for (let minute = 0; minute <= 60; minute++) forecast.add(minute * MINUTE, 10 * minute);
  for (let minute = 61; minute <= 121; minute++) forecast.add(minute * MINUTE, 600);
  assertEquals(forecast.secondsLeft(1000), Infinity);
});

Deno.test("nothing is foretold of a pool that empties, or is hardly known; a full one has no time left", () => {
  const emptying = new Forecast();
  for (let minute = 0; minute <= 10; minute++) emptying.add(minute * MINUTE, 100 - minute);
  assertEquals(emptying.secondsLeft(254), Infinity);
  const young = new Forecast();
  assertEquals(young.secondsLeft(254), Infinity);
  young.add(0, 1);
  young.add(MINUTE, 100);
  assertEquals(young.secondsLeft(254), Infinity);
  young.add(2 * MINUTE, 254);
  assertEquals(young.secondsLeft(254), 0);
});
