import { assertEquals } from "@std/assert";
import { recordedOutput } from "../output.ts";
import { gc, linesOf } from "./gc.ts";

Deno.test("gc of a node without state finds nothing, and makes no state", async () => {
  const dir = await Deno.makeTempDir();
  Deno.env.set("CNIDARIA_STATE", `${dir}/state`);
  try {
    const output = recordedOutput();
    const options = { wait: 0, dryRun: false, binDir: "" };
    assertEquals(await gc(options, output), 0);
    assertEquals(await gc({ ...options, json: true }, output), 0);
    assertEquals(output.out, ["nothing is held for a container that is gone", "[]"]);
    assertEquals([...Deno.readDirSync(dir)], []);
  } finally {
    Deno.env.delete("CNIDARIA_STATE");
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("linesOf() tells what became of each thing and why, and counts", () => {
  const garbage = (what: string) => ({ what, why: "its namespace is gone", network: "net" });
  assertEquals(
    linesOf([
      { garbage: garbage("attachment a"), outcome: "removed" },
      { garbage: garbage("attachment b"), outcome: "removed" },
      { garbage: garbage("attachment c"), outcome: "kept", reason: "a call on it is under way" },
    ]),
    [
      "removed: attachment a: its namespace is gone",
      "removed: attachment b: its namespace is gone",
      "kept: attachment c: its namespace is gone; a call on it is under way",
      "2 removed, 1 kept",
    ],
  );
});
