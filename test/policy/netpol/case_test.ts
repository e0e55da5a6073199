import { assertEquals, assertThrows } from "@std/assert";
import type { Probe } from "../prober.ts";
import { expectation } from "./case.ts";

const probe = (from: string, to: string, protocol: Probe["protocol"] = "TCP", port = 80): Probe => {
  return { from, to, protocol, port, family: 4 };
};

Deno.test("later lines go before earlier ones, and what no line is about is allowed", () => {
  const expected = expectation(["* -> x: no", "y/a -> x/b: yes", "x/a -> x/b TCP 81: yes", "z -> * UDP: no"]);
  const seen = [
    probe("z/a", "x/a"),
    probe("y/a", "x/b"),
    probe("y/a", "x/a"),
    probe("x/a", "x/b", "TCP", 81),
    probe("x/a", "x/b", "TCP", 80),
    probe("x/a", "x/b", "UDP", 81),
    probe("z/c", "y/a", "UDP"),
    probe("y/c", "z/a"),
    probe("x/a", "x/a"),
  ].map(expected);
  assertEquals(seen, [false, true, false, true, false, false, false, true, undefined]);
  for (const line of ["x -> y", "x: no", "x -> y ICMP: no", ""]) {
    assertThrows(() => expectation([line]), Error, "Cannot read what is expected");
  }
});
