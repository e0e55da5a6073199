import { assert, assertEquals } from "@std/assert";
import { generateTypes, staleTypes } from "./generate_types.ts";

// jco goes on reading its own component after it has been imported. Once it has made something, that has ended, and is
// not taken for a leak of the test that happens to run first.
await generateTypes();

Deno.test("the generated types are current", async () => {
  assertEquals(await staleTypes(), [], "run: deno run -A host-funcs/wit/generate_types.ts");
});

Deno.test("staleTypes() names changed, missing and surplus files", async () => {
  const made = await generateTypes();
  const links = "interfaces/cnidaria-cni-links.d.ts";
  assert(made.has(links));
  made.set(links, "other");
  made.set("interfaces/new.d.ts", "new");
  made.delete("interfaces/cnidaria-cni-log.d.ts");
  assertEquals(await staleTypes(made), [
    "interfaces/cnidaria-cni-links.d.ts",
    "interfaces/cnidaria-cni-log.d.ts",
    "interfaces/new.d.ts",
  ]);
});
