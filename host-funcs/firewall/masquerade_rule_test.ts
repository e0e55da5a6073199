import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HostCallError } from "../error.ts";
import { canonicalCheck } from "./mac_check.ts";
import { baseCommands, canonicalRule, chainCommands, chainOf, deleteChainCommand } from "./masquerade_rule.ts";

/** Pieces that would end a command, a string or a block, mixed with what is valid. */
const hostile = fc.oneof(
  fc.string(),
  fc.array(
    fc.constantFrom(
      "10.1.0.5",
      "fd00::1",
      "/16",
      ";",
      "\n",
      "{",
      "}",
      '"',
      "\\",
      "\0",
      " ",
      "flush ruleset",
      "#",
      "$",
      "*",
      "@",
      "veth0",
      ":",
      "02:00:00:00:00:01",
      "%eth0",
      ",",
    ),
    { maxLength: 6 },
  ).map((parts) => parts.join("")),
);

Deno.test("whatever a plugin sends, the commands hold only what they are meant to", () => {
  fc.assert(
    fc.property(hostile, fc.array(hostile, { maxLength: 3 }), (source, local) => {
      let rule;
      try {
        rule = canonicalRule({ source, local });
      } catch (error) {
        assertEquals(error instanceof HostCallError && error.code, "invalid");
        return;
      }
      const commands = [
        ...chainCommands(rule.family, rule.local),
        deleteChainCommand(rule.family, rule.local),
      ];
      for (const command of commands) {
        assertMatch(
          command,
          /^(add|flush|delete) (chain|rule) inet cnidaria local[46]-[0-9a-f]{32}( (ip6? daddr ([0-9a-f.:/]+|\{ [0-9a-f.:/, ]+ \}) return|return|masquerade))?$/,
        );
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("whatever a plugin sends, a link and a MAC are what they are meant to be", () => {
  fc.assert(
    fc.property(hostile, hostile, (link, mac) => {
      try {
        const check = canonicalCheck(link, mac);
        assertMatch(`${check.link} ${check.mac}`, /^[A-Za-z0-9_.-]{1,15} [0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
      } catch (error) {
        assertEquals(error instanceof HostCallError && error.code, "invalid");
      }
    }),
    { numRuns: 3000 },
  );
});

for (
  const [link, mac] of [
    ["veth*", "02:00:00:00:00:01"],
    ['v"', "02:00:00:00:00:01"],
    ["..", "02:00:00:00:00:01"],
    ["sixteen-letters0", "02:00:00:00:00:01"],
    ["veth0", "02:00:00:00:00"],
    ["veth0\n", "02:00:00:00:00:01"],
  ] as const
) {
  Deno.test(`canonicalCheck() refuses ${JSON.stringify([link, mac])}`, () => {
    assertThrows(() => canonicalCheck(link, mac), HostCallError);
  });
}

for (
  const [source, local, words] of [
    ["10.1.0.5/16", [], 'its source is no IP address: "10.1.0.5/16"'],
    ["10.1.0.5", ["10.1.0.0"], "not in CIDR notation"],
    ["10.1.0.5", ["fd00::/64"], "not of the family of 10.1.0.5"],
  ] as const
) {
  Deno.test(`canonicalRule() refuses ${source} with ${JSON.stringify(local)}`, () => {
    assertThrows(() => canonicalRule({ source, local: [...local] }), HostCallError, words);
  });
}

Deno.test("canonicalRule() is the same for the same networks", () => {
  const one = canonicalRule({ source: "10.1.0.5", local: ["10.2.0.9/16", "10.1.0.0/16", "10.1.4.0/24"] });
  assertEquals(one.local, "10.1.0.0/16,10.2.0.0/16");
  assertEquals([...one.key], [10, 1, 0, 5]);
  assertEquals(canonicalRule({ source: "FD00::0:1", local: [] }).source, "fd00::1");
});

Deno.test("chainOf() differs by list and family, and does not change between versions", () => {
  assertEquals(chainOf(4, ""), "local4-6c62272e07bb014262b821756295c58d");
  assertEquals(new Set([chainOf(4, ""), chainOf(6, ""), chainOf(4, "10.1.0.0/16"), chainOf(4, "10.2.0.0/16")]).size, 4);
});

Deno.test("baseCommands() makes nothing outside the host's own table", () => {
  for (const command of baseCommands()) assertMatch(command, / inet cnidaria( |$)/);
});
