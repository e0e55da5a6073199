import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openNamespace } from "../../../host-funcs/sys/namespace.ts";
import { labTest } from "../../../test/lab/isolation.ts";
import { Namespace } from "../../../test/lab/namespace.ts";
import { checkForwarding } from "./forwarding.ts";

const RULESET = `
table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }
table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; reject with icmpx admin-prohibited; }; }
table inet mine { chain guard { type filter hook forward priority 0; policy drop; }; }
table ip6 mine { chain guard { type filter hook forward priority 0; policy drop; }; }
table inet cnidaria-other { chain forward { type filter hook forward priority 0; policy drop; }; }
`;

Deno.test({
  ...labTest("checkForwarding() names each chain of others that drops what pods send, and what to do about it"),
  async fn() {
    await using lab = await Namespace.create("doctor");
    const namespace = openNamespace(lab.path);
    try {
      assertEquals(checkForwarding(namespace).map(({ state }) => state), ["ok"]);
      await lab.must(["nft", RULESET]);
      const findings = checkForwarding(namespace);
      const told = findings.map(({ state, why, advice }) => `${state}: ${why} -> ${advice}`).toSorted();
      assertEquals(told.length, 4);
      const has = (...parts: string[]) =>
        assert(told.some((line) => parts.every((part) => line.includes(part))), `${parts}: ${told.join("\n")}`);
      has("warn: nftables chain FORWARD of table ip filter", "its policy is drop", "iptables -I FORWARD -s NETWORK");
      has("filter_FORWARD of table inet firewalld", "its last rule rejects", "--zone=trusted --add-source=NETWORK");
      has("guard of table inet mine", "nft insert rule inet mine guard ip saddr NETWORK accept");
      has("guard of table ip6 mine", "nft insert rule ip6 mine guard ip6 saddr NETWORK accept");
      // What is advised is what nft takes.
      const advice = findings.find(({ why }) => why.includes("inet mine"))!.advice!;
      const [command = ""] = advice.split(": ").at(-1)!.split("; ");
      assertStringIncludes(command, "nft insert rule");
      await lab.must(command.replace("NETWORK", "10.1.0.0/16").split(" "));
    } finally {
      namespace.close();
    }
  },
});
