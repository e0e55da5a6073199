import { assertEquals } from "@std/assert";
import { descriptorOf } from "./descriptor.ts";

Deno.test("descriptorOf() finds the descriptor of a file that is open, and none once it is closed", async () => {
  const path = await Deno.makeTempFile();
  try {
    assertEquals(descriptorOf(path), undefined);
    {
      using _file = await Deno.open(path);
      const fd = descriptorOf(path);
      assertEquals(await Deno.readLink(`/proc/self/fd/${fd}`), path);
    }
    assertEquals(descriptorOf(path), undefined);
  } finally {
    await Deno.remove(path);
  }
});
