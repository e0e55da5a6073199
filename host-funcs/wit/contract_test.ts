import { assert, assertEquals } from "@std/assert";
import { compareVersions, CONTRACT_VERSION, contractInterface, isServed, qualifiedName } from "./contract.ts";

Deno.test("every .wit file is of the contract's version", async () => {
  const seen: string[] = [];
  for await (const { name } of Deno.readDir(new URL("./", import.meta.url))) {
    if (!name.endsWith(".wit")) continue;
    const text = await Deno.readTextFile(new URL(name, import.meta.url));
    assertEquals(/^package (.*);$/m.exec(text)?.[1], `cnidaria:cni@${CONTRACT_VERSION}`, name);
    seen.push(name);
  }
  assert(seen.includes("types.wit"), seen.join());
});

Deno.test("contractInterface() reads what qualifiedName() writes, and nothing else", () => {
  assertEquals(contractInterface(qualifiedName("config-files")), { name: "config-files", version: CONTRACT_VERSION });
  assertEquals(contractInterface(qualifiedName("links", "3.20.1")), { name: "links", version: "3.20.1" });
  for (const other of ["wasi:cli/environment@0.2.0", "cnidaria:cni/links", "links", "", "cnidaria:cni/links@1"]) {
    assertEquals(contractInterface(other), undefined, other);
  }
});

for (
  const [version, own, expected] of [
    ["1.2.3", "1.2.3", true],
    ["1.0.0", "1.2.0", true],
    ["1.2.9", "1.2.0", true],
    ["1.10.0", "1.9.0", false],
    ["1.9.0", "1.10.0", true],
    ["0.2.0", "1.2.0", false],
    ["2.0.0", "1.2.0", false],
    ["0.1.0", "0.2.0", true],
  ] as const
) {
  Deno.test(`a host of ${own} ${expected ? "serves" : "refuses"} a component of ${version}`, () => {
    assertEquals(isServed(version, own), expected);
  });
}

Deno.test("compareVersions() compares numbers, not text", () => {
  const sorted = ["0.10.0", "0.9.1", "0.9.0", "1.0.0"].sort(compareVersions);
  assertEquals(sorted, ["0.9.0", "0.9.1", "0.10.0", "1.0.0"]);
});
