import { assertEquals, assertStringIncludes } from "@std/assert";
import { ensureBridgeFilter } from "./bridge_filter.ts";

Deno.test("what is off is switched on, and what is on is left", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/bridge-nf-call-iptables`, "1\n");
    await Deno.writeTextFile(`${folder}/bridge-nf-call-ip6tables`, "0\n");
    assertEquals(ensureBridgeFilter(folder), { ok: true, switched: ["bridge-nf-call-ip6tables"] });
    assertEquals(ensureBridgeFilter(folder), { ok: true, switched: [] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without br_netfilter the sentence says what to load", () => {
  const { ok, why } = ensureBridgeFilter("/nowhere");
  assertEquals(ok, false);
  assertStringIncludes(why!, "modprobe br_netfilter");
});
