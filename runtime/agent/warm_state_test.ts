// The state that a thread keeps open, and a call that finds out in its middle that another process has rebuilt it.

import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { MemoryChanges } from "../transaction/attachment_call.ts";
import { CallContext } from "../plugin/host_context.ts";
import { WarmThread } from "./warm.ts";

Deno.test("a call lets go of the kept state where it has been rebuilt meanwhile, and of no other", async () => {
  const directory = await Deno.makeTempDir({ prefix: "cnidaria-warm-state-" });
  const before = Deno.env.get("CNIDARIA_STATE");
  Deno.env.set("CNIDARIA_STATE", directory);
  const warm = new WarmThread("v8");
  try {
    const log = { enabled: () => false, write: () => {} };
    const attachment = { network: "net", containerId: "c", ifname: "eth0" };
    const place = { attachment, args: [], stateDir: directory, log, kept: warm.kept };
    const context = new CallContext(place, new MemoryChanges());
    const first = context.database();
    context.renewDatabase();
    assertStrictEquals(context.database(), first);
    await Deno.rename(`${directory}/cnidaria.db`, `${directory}/elsewhere.db`);
    context.renewDatabase();
    const second = context.database();
    assertNotStrictEquals(second, first);
    assertEquals(second.isCurrent(), true);
    context.close();
  } finally {
    await warm.close();
    before === undefined ? Deno.env.delete("CNIDARIA_STATE") : Deno.env.set("CNIDARIA_STATE", before);
    await Deno.remove(directory, { recursive: true });
  }
});
