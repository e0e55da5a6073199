import { assertEquals, assertThrows } from "@std/assert";
import { CniFailure } from "../../cni/failure.ts";
import { firstPartyPath, isFirstParty, readFirstParty } from "./first_party.ts";
import { readPermission } from "./permission.ts";
import { permissionDir, permissionPath } from "../registry.ts";
import { EMPTY_DIGEST, Installation } from "./testing/installation.ts";

Deno.test("readPermission() reads what was allowed, and nothing where nothing was", async () => {
  await using it = await Installation.create();
  assertEquals(readPermission(it.stateDir, "guest"), undefined);
  assertEquals(readPermission("/nonexistent", "guest"), undefined);
  await it.allow();
  assertEquals(readPermission(it.stateDir, "guest")?.digest, EMPTY_DIGEST);
});

for (
  const [what, spoil, why] of [
    ["a file that others can write", (path: string) => Deno.chmodSync(path, 0o622), "others can write to it"],
    [
      "a folder that others can write",
      (path: string) => Deno.chmodSync(path.slice(0, path.lastIndexOf("/")), 0o777),
      "others can write to it",
    ],
    ["half a file", (path: string) => Deno.truncateSync(path, 20), "run `cnidaria plugin allow guest` again"],
    ["another's JSON", (path: string) => Deno.writeTextFileSync(path, "{}"), "run `cnidaria plugin allow guest` again"],
    ["a folder in its place", (path: string) => {
      Deno.removeSync(path);
      Deno.mkdirSync(path);
    }, "directory"],
  ] as const
) {
  Deno.test(`readPermission() does not believe ${what}`, async () => {
    await using it = await Installation.create();
    await it.allow();
    spoil(permissionPath(it.stateDir, "guest"));
    const failure = assertThrows(() => readPermission(it.stateDir, "guest"), CniFailure, why) as CniFailure;
    assertEquals([failure.code, failure.message.includes(permissionDir(it.stateDir))], [219, true]);
  });
}

Deno.test("readFirstParty() reads the list, and says what to do without one", async () => {
  await using it = await Installation.create({}, { bridge: EMPTY_DIGEST });
  const list = readFirstParty(it.libDir);
  assertEquals(isFirstParty(list, "bridge", EMPTY_DIGEST), true);
  for (const name of ["guest", "constructor", "__proto__"]) assertEquals(isFirstParty(list, name, EMPTY_DIGEST), false);
  assertEquals(isFirstParty(list, "bridge", "0".repeat(64)), false);
  Deno.chmodSync(firstPartyPath(it.libDir), 0o666);
  assertThrows(() => readFirstParty(it.libDir), CniFailure, "others can write to it");
  Deno.removeSync(firstPartyPath(it.libDir));
  assertThrows(() => readFirstParty(it.libDir), CniFailure, "run `deno task build`");
});
