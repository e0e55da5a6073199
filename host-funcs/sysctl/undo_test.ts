import { assertEquals, assertThrows } from "@std/assert";
import type { HostCallError } from "../error.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { undo } from "../undo.ts";
import { createSysctl } from "./mod.ts";

const PORTS = "net/ipv4/ip_local_reserved_ports";

/** Sets the list by another program than ours. */
function reserve(context: TestContext, ports: string): void {
  context.command("container", "sysctl", ["-qw", `${PORTS}=${ports}`]);
}

networkTest("a list of nothing is put back, by the undo and where a call fails", (context) => {
  const sysctl = createSysctl(context);
  assertEquals(sysctl.get("container", PORTS), "");
  sysctl.set("container", PORTS, "8080");
  const [change] = context.changes;
  assertEquals(change, { kind: "sysctl-set", ns: "container", key: PORTS, before: "", value: "8080" });
  undo(context, change!);
  assertEquals(sysctl.get("container", PORTS), "");
  undo(context, change!);
  const parameters = [{ key: PORTS, value: "8080" }, { key: "net/ipv4/ip_default_ttl", value: "many" }];
  assertThrows(() => sysctl.setAll("container", parameters), Error, "ip_default_ttl");
  assertEquals(sysctl.get("container", PORTS), "");
});

networkTest("a long value is read whole; where it could not be put back nothing is set", (context) => {
  const sysctl = createSysctl(context);
  const odd = (count: number) => Array.from({ length: count }, (_, at) => `${20001 + 2 * at}`).join(",");
  const [long, short] = [odd(500), odd(170)];
  reserve(context, long);
  assertEquals(sysctl.get("container", PORTS), long);
  const ttl = "net/ipv4/ip_default_ttl";
  const before = sysctl.get("container", ttl);
  const error = assertThrows(
    () => sysctl.setAll("container", [{ key: ttl, value: "77" }, { key: PORTS, value: "8080" }]),
    Error,
    `${PORTS} as its present value is too long`,
  );
  assertEquals((error as HostCallError).code, "unsupported");
  assertEquals([sysctl.get("container", ttl), sysctl.get("container", PORTS)], [before, long]);
  assertEquals(context.changes, []);
  reserve(context, short);
  sysctl.set("container", PORTS, "8080");
  undo(context, context.changes[0]!);
  assertEquals(sysctl.get("container", PORTS), short);
});
