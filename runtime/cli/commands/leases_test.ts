import { assertEquals } from "@std/assert";
import { recordedOutput } from "../output.ts";
import { ageOf } from "../../query/age.ts";
import { leases } from "./leases.ts";

Deno.test.each([[0, "0s"], [59, "59s"], [60, "1m"], [7500, "2h5m"], [273_600, "3d4h"], [-5, "0s"]])(
  "ageOf() of %s seconds is %s",
  (seconds, text) => assertEquals(ageOf(0, seconds * 1000), text),
);

Deno.test("leases of a node without state are none, and make no state", async () => {
  const dir = await Deno.makeTempDir();
  Deno.env.set("CNIDARIA_STATE", `${dir}/state`);
  try {
    const output = recordedOutput();
    await leases({ json: true }, output);
    assertEquals(output.out, ["[]"]);
    assertEquals([...Deno.readDirSync(dir)], []);
  } finally {
    Deno.env.delete("CNIDARIA_STATE");
    await Deno.remove(dir, { recursive: true });
  }
});
