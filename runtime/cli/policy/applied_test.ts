import { assertEquals } from "@std/assert";
import { tableOf } from "../../policy/testing.ts";
import { toJson } from "../../policy/ruleset_json.ts";
import { readApplied, removeApplied, writeApplied } from "./applied.ts";

Deno.test("what was applied is known to the next process, until it is removed", async () => {
  const folder = await Deno.makeTempDir();
  const stateDir = `${folder}/state`;
  try {
    assertEquals(readApplied(stateDir), undefined);
    removeApplied(stateDir);
    const content = tableOf({ ingress: { "10.0.0.1": ["in", "drop"] } });
    await writeApplied(stateDir, content);
    assertEquals(toJson(readApplied(stateDir)!), toJson(content));
    const [file] = [...Deno.readDirSync(stateDir)];
    assertEquals(Deno.statSync(`${stateDir}/${file!.name}`).mode! & 0o777, 0o600);
    await Deno.writeTextFile(`${stateDir}/${file!.name}`, "{");
    assertEquals(readApplied(stateDir), undefined);
    removeApplied(stateDir);
    assertEquals([...Deno.readDirSync(stateDir)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
