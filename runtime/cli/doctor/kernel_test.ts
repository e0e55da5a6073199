import { assert, assertEquals } from "@std/assert";
import { labTest } from "../../../test/lab/isolation.ts";
import { checkKernel } from "./kernel.ts";

Deno.test({
  ...labTest("checkKernel() finds veth, bridge and nftables, and leaves no namespace behind"),
  fn() {
    const here = Deno.statSync("/proc/self/ns/net").ino;
    const findings = new Map(checkKernel().map((finding) => [finding.subject, finding]));
    assertEquals(findings.get("veth")?.state, "ok");
    assertEquals(findings.get("bridge")?.state, "ok");
    assertEquals(findings.get("bandwidth")?.state, "ok");
    assert(findings.has("nftables"));
    assert(!findings.has("isolation"));
    assertEquals(checkKernel(true).find(({ subject }) => subject === "isolation")?.state, "ok");
    assertEquals(Deno.statSync("/proc/self/ns/net").ino, here);
    assertEquals([...Deno.readDirSync("/run")].filter((entry) => entry.name.startsWith("cnidaria-doctor-")), []);
  },
});
