import { assertEquals, assertThrows } from "@std/assert";
import { CniFailure } from "../cni/failure.ts";
import { parseManifest } from "./manifest.ts";

const MINIMAL = { name: "p", version: "1.0.0", description: "d", imports: ["links"] };

Deno.test("parseManifest() fills in grants and limits", () => {
  assertEquals(parseManifest(JSON.stringify(MINIMAL), "plugin.json"), {
    name: "p",
    version: "1.0.0",
    description: "d",
    exports: "cni",
    imports: ["links"],
    grants: {},
    limits: { memoryBytes: 67108864, timeMs: 60000, fuel: 1000000000, hostCalls: 1000, valueBytes: 1048576 },
  });
});

for (
  const [change, key] of [
    [{ name: "A b" }, "name"],
    [{ imports: ["files"] }, "imports.0"],
    [{ exports: "ipam" }, "exports"],
    [{ exports: "controller", imports: ["log", "notes"] }, "imports.1"],
    [{ grants: { links: { host: "cni0" } } }, "grants.links.host"],
    [{ grants: { sysctl: [""] } }, "grants.sysctl.0"],
    [{ limits: { timeMs: 0 } }, "limits.timeMs"],
    [{ limits: { fuel: "1" } }, "limits.fuel"],
    [{ limits: { valueBytes: -1 } }, "limits.valueBytes"],
    [{ build: { digest: "abc" } }, "build.digest"],
  ] as const
) {
  Deno.test(`parseManifest() names the key ${key}`, () => {
    const text = JSON.stringify({ ...MINIMAL, ...change });
    const failure = assertThrows(() => parseManifest(text, "/lib/p/plugin.json"), CniFailure) as CniFailure;
    assertEquals(
      [failure.code, failure.message.includes(`"${key}"`), failure.message.includes("/lib/p/plugin.json")],
      [202, true, true],
    );
  });
}

Deno.test("parseManifest() takes a controller that imports log, or nothing", () => {
  for (const imports of [["log"], []]) {
    const text = JSON.stringify({ ...MINIMAL, exports: "controller", imports });
    assertEquals(parseManifest(text, "plugin.json").exports, "controller");
  }
});

Deno.test("parseManifest() answers code 202 to what is no JSON", () => {
  assertEquals((assertThrows(() => parseManifest("{", "plugin.json"), CniFailure) as CniFailure).code, 202);
});
