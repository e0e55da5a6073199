import { assertEquals } from "@std/assert";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { absent } from "./absent.ts";
import { plainAttachment } from "./attachment.ts";

/** With everything that may be absent, absent or there. */
function attachment(given: boolean): Attachment {
  const or = <T>(value: T): T => given ? value : null as T;
  return {
    containerId: "a",
    ifname: "eth0",
    network: "net",
    hasNetns: true,
    args: [["K8S_POD_NAME", "web"]],
    prevResult: {
      interfaces: [
        {
          name: "eth0",
          mac: or("02:00:00:00:00:01"),
          mtu: or(1500),
          sandbox: { tag: "container", ...given ? {} : { val: null } },
          socketPath: or("/s"),
          pciId: or("0000:00:01.0"),
        },
        { name: "eth1", sandbox: { tag: "other", val: "/run/netns/x" } },
      ],
      ips: [{ address: "10.1.0.5/24", gateway: or("10.1.0.1"), interface: or(0) }],
      routes: [
        {
          dst: "0.0.0.0/0",
          gw: or("10.1.0.1"),
          mtu: or(1),
          advmss: or(2),
          priority: or(3),
          table: or(4),
          scope: or(5),
        },
      ],
      dns: { nameservers: [], domain: or("local"), search: [], options: [] },
    },
  };
}

for (const given of [true, false]) {
  Deno.test(`plainAttachment() is what absent() makes, with what may be absent ${given ? "there" : "absent"}`, () => {
    assertEquals(plainAttachment(attachment(given)), absent(attachment(given)) as Attachment);
  });
}

Deno.test("plainAttachment() without a result before", () => {
  const at = { ...attachment(true), prevResult: null } as unknown as Attachment;
  assertEquals("prevResult" in plainAttachment(at), false);
});
