import { assertEquals } from "@std/assert";
import { firewallTest } from "../firewall/testing/with_firewall.ts";
import { fakeContext } from "../state/testing.ts";
import { createForwarding } from "./mod.ts";

const FORWARD = "type filter hook forward priority 0";

/** A table of someone else's, the definition of its chain, and what is told of it. */
const TABLES: [table: string, chain: string, body: string, reason: string | undefined][] = [
  ["ip", "FORWARD", `${FORWARD} ; policy drop ;`, "its policy is drop"],
  ["ip6", "FORWARD", `${FORWARD} ; policy drop ; ip6 nexthdr tcp accept ;`, "its policy is drop"],
  ["bridge", "f", `${FORWARD} ; policy drop ;`, "its policy is drop"],
  [
    "inet",
    "filter_FORWARD",
    `${FORWARD} ; ct state established accept ; reject with icmpx admin-prohibited ;`,
    "its last rule rejects",
  ],
  ["inet", "last", `${FORWARD} ; iifname "lo" accept ; counter drop ;`, "its last rule drops"],
  ["inet", "some", `${FORWARD} ; iifname "lo" drop ;`, undefined],
  ["inet", "accepts", `${FORWARD} ; counter accept ;`, undefined],
  ["inet", "empty", `${FORWARD} ; policy accept ;`, undefined],
  ["inet", "input", "type filter hook input priority 0 ; policy drop ;", undefined],
  ["inet", "none", "drop ;", undefined],
];

firewallTest("blockers() are chains of others that drop what they do not accept", (database, _, nft) => {
  const id = crypto.randomUUID().slice(0, 8);
  const { blockers, confine } = createForwarding(fakeContext(database));
  confine({ link: "cni0", ingress: "isolated" });
  const names = TABLES.map(([family], index) => `${family} t${index}-${id}`);
  try {
    for (const [index, [, chain, body]] of TABLES.entries()) {
      const answer = nft.run(`table ${names[index]} { chain ${chain} { ${body} }\n}`);
      assertEquals(answer.ok || answer.error, true);
    }
    const told = blockers().filter(({ table }) => table.endsWith(id));
    const expected = TABLES.flatMap(([family, chain, , reason], index) =>
      reason === undefined ? [] : [{ family, table: `t${index}-${id}`, chain, reason }]
    );
    const byTable = <T extends { table: string }>(all: T[]) => all.toSorted((a, b) => a.table < b.table ? -1 : 1);
    assertEquals(byTable(told), byTable(expected));
  } finally {
    for (const name of names) nft.run(`delete table ${name}`);
  }
});
