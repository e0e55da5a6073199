import { assertEquals, assertThrows } from "@std/assert";
import type { HostCallError } from "../error.ts";
import { createLinks } from "../links/mod.ts";
import { networkTest } from "../test_context.ts";
import { createSysctl } from "./mod.ts";

networkTest("get() and set() act in the namespace that they name", (context) => {
  const sysctl = createSysctl(context);
  const key = "net/ipv4/ip_forward";
  const host = sysctl.get("host", key);
  sysctl.set("container", key, "0");
  context.changes.length = 0;
  sysctl.set("container", key, "1");
  sysctl.set("container", key, "1");
  assertEquals(context.command("container", "cat", [`/proc/sys/${key}`]), 1);
  assertEquals(sysctl.get("container", key), "1");
  assertEquals(sysctl.get("host", key), host);
  assertEquals(context.changes, [{ kind: "sysctl-set", ns: "container", key, before: "0", value: "1" }, {
    kind: "sysctl-set",
    ns: "container",
    key,
    before: "1",
    value: "1",
  }]);
});

networkTest("a link's name may hold dots", (context) => {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0.100" });
  const sysctl = createSysctl(context);
  sysctl.set("container", "net/ipv6/conf/eth0.100/accept_dad", "0");
  assertEquals(context.command("container", "cat", ["/proc/sys/net/ipv6/conf/eth0.100/accept_dad"]), 0);
  links.delete("host", host.name);
});

networkTest("get() and set() say what is wrong", (context) => {
  const sysctl = createSysctl(context);
  const code = (call: () => void, words: string) => {
    const error: unknown = assertThrows(call, Error, words);
    return (error as HostCallError).code;
  };
  assertEquals(code(() => sysctl.get("host", "kernel/hostname"), `"kernel/hostname"`), "denied");
  assertEquals(
    code(() => sysctl.get("container", "net/ipv4/conf/eth9/rp_filter"), "conf/eth9/rp_filter in the"),
    "not-found",
  );
  assertEquals(code(() => sysctl.set("container", "net/ipv4/ip_forward", "maybe"), "ip_forward"), "invalid");
  assertEquals(code(() => sysctl.set("container", "net/ipv4/ip_forward", ""), "malformed"), "invalid");
});

networkTest("setAll() sets all, or none, and writes only what is not so already", (context) => {
  const sysctl = createSysctl(context);
  const [ttl, qlen] = ["net/ipv4/ip_default_ttl", "net/unix/max_dgram_qlen"];
  const before = [sysctl.get("container", ttl), sysctl.get("container", qlen)];
  const error = assertThrows(() =>
    sysctl.setAll("container", [{ key: ttl, value: "77" }, { key: qlen, value: "33" }, { key: ttl, value: "many" }])
  ) as HostCallError;
  assertEquals(error.code, "invalid");
  assertEquals(error.message.startsWith(`Cannot set the kernel parameter ${ttl} in the container to "many" as`), true);
  assertEquals([sysctl.get("container", ttl), sysctl.get("container", qlen)], before);
  context.changes.length = 0;
  assertThrows(() => sysctl.setAll("container", [{ key: ttl, value: "77" }, { key: "net/ipv4/nothere", value: "1" }]));
  assertEquals(context.changes, []);
  sysctl.setAll("container", [{ key: ttl, value: "77" }, { key: qlen, value: "33" }, { key: ttl, value: "78" }]);
  assertEquals([sysctl.get("container", ttl), sysctl.get("container", qlen)], ["78", "33"]);
  const set = (key: string, was: string, value: string) => ({
    kind: "sysctl-set",
    ns: "container",
    key,
    before: was,
    value,
  });
  assertEquals(context.changes, [set(ttl, before[0]!, "77"), set(qlen, before[1]!, "33"), set(ttl, "77", "78")]);
  assertThrows(() => sysctl.setAll("host", [{ key: ttl, value: "77" }]), Error, "not among those");
});
