import { assertEquals, assertThrows } from "@std/assert";
import { InvalidArgumentError } from "commander";
import { appendedPort } from "./ports.ts";

Deno.test("a port is a number, and TCP unless it says otherwise", () => {
  const first = { protocol: "tcp", port: 80 };
  assertEquals(appendedPort("80", []), [first]);
  assertEquals(appendedPort("53/UDP", [first]), [first, { protocol: "udp", port: 53 }]);
});

Deno.test.each([["0"], ["65536"], ["http"], ["80/icmp"], ["80/tcp/udp"], [""], ["1e3"]])("%s is no port", (text) => {
  assertThrows(() => appendedPort(text, []), InvalidArgumentError, "1 to 65535");
});
