import { assertEquals } from "@std/assert";
import type { Reach } from "../../policy/reachability.ts";
import { matrixLines } from "./matrix.ts";

function reach(from: string, to: string, allowed: boolean, rule: string, more: Partial<Reach> = {}): Reach {
  return { from, to, protocol: "tcp", port: 80, families: [4, 6], allowed, rule, ...more };
}

Deno.test("a matrix for each port: rows send, columns are reached; below it the rules that decide", () => {
  const lines = matrixLines([
    reach("s/a", "s/b", true, "web ingress[0]"),
    reach("s/b", "s/b", true, "a pod reaches itself"),
    reach("s/c", "s/b", false, "isolated by web"),
    reach("s/a", "s/c", true, "no policy", { protocol: "udp", port: 53, families: [4] }),
    reach("s/a", "s/c", false, "isolated by dns", { protocol: "udp", port: 53, families: [6] }),
    reach("s/b", "s/c", false, "isolated by dns", { protocol: "udp", port: 53, families: [6] }),
  ], ["s/a", "s/b", "s/c"]);
  assertEquals(lines, [
    "TCP 80  s/b",
    "s/a     .",
    "s/b     .",
    "s/c     X",
    "",
    ". web ingress[0]",
    "    s/a to s/b",
    "X isolated by web",
    "    s/c to s/b",
    "",
    "UDP 53  s/c",
    "s/a     4",
    "s/b     X",
    "s/c",
    "",
    ". no policy",
    "    s/a to s/c",
    "X isolated by dns",
    "    s/a to s/c, s/b to s/c",
  ]);
});

Deno.test("many columns have numbers, and rules tell of a few pairs", () => {
  const pods = Array.from({ length: 12 }, (_, at) => `some-namespace/pod-${at}`);
  const lines = matrixLines(pods.map((to) => reach(pods[0]!, to, to !== pods[5], "rule")), pods);
  assertEquals(lines.slice(0, 3), [
    "    TCP 80                 1  2  3  4  5  6  7  8  9  10  11  12",
    "1   some-namespace/pod-0   .  .  .  .  .  X  .  .  .  .   .   .",
    "2   some-namespace/pod-1",
  ]);
  assertEquals(lines[15]?.split(", ").at(-1), "7 more");
});

Deno.test("names cannot move the cursor", () => {
  assertEquals(matrixLines([reach("s/\u001b", "s/b", true, "")], ["s/\u001b"])[1], "s/\\u{1b}");
});
