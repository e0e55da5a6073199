import { assertEquals } from "@std/assert";
import { exitCodeOf, type Finding, findingLines } from "./finding.ts";

const findings: Finding[] = [
  { subject: "veth", state: "ok", why: "the kernel has it" },
  { subject: "nftables", state: "warn", why: "no library", advice: "install it" },
];

Deno.test("findingLines() aligns, and puts advice on its own line", () => {
  assertEquals(findingLines(findings), [
    "ok    veth      the kernel has it",
    "warn  nftables  no library",
    "                -> install it",
  ]);
});

Deno.test("exitCodeOf() is 1 only where something fails", () => {
  assertEquals(exitCodeOf(findings), 0);
  assertEquals(exitCodeOf([...findings, { subject: "root", state: "fail", why: "uid 1000" }]), 1);
});
