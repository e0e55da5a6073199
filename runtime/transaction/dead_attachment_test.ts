import { assertEquals } from "@std/assert";
import type { Change } from "../../host-funcs/change.ts";
import { judge, judgeAll } from "./dead_attachment.ts";
import type { LedgerEntry } from "./ledger.ts";
import { aliveEntry, entryOf, PRESENT } from "./testing.ts";

const VETH: Change = { kind: "link-created", ns: "host", name: "veth1", linkKind: "veth" };
const goneVeth: Change = { ...VETH, name: "veth2" };
const shared: Change = { kind: "link-created", ns: "host", name: "cni0", linkKind: "bridge" };
const ifb: Change = { kind: "link-created", ns: "host", name: "bwp1", linkKind: "ifb" };
/** What bandwidth has in a row of its own. */
const limited = (link: string): Change[] => {
  const limit = {
    kind: "limit-added",
    link,
    direction: "from-container",
    rate: 1000,
    burst: 1500,
    ifb: "bwp1",
  } as const;
  return [ifb, limit];
};
const inside: Change = { kind: "link-created", ns: "container", name: "eth0", linkKind: "macvlan" };
const links = new Set(["lo", "cni0", "eth0", "veth1", "bwp1"]);

const CASES: readonly (readonly [what: string, entry: LedgerEntry, is: string])[] = [
  ["in its namespace", aliveEntry("a", [VETH]), "alive"],
  ["of an earlier boot", { ...aliveEntry("a", [VETH]), bootId: "earlier" }, "dead"],
  ["whose namespace is gone", entryOf("a"), "dead"],
  ["whose path leads to another namespace", entryOf("a", { netns: PRESENT }), "dead"],
  ["whose namespace is gone, but not its veth", entryOf("a", { changes: [shared, VETH] }), "doubtful"],
  ["whose path leads elsewhere, with its veth there", entryOf("a", { netns: PRESENT, changes: [VETH] }), "doubtful"],
  ["whose namespace and veth are gone, but not its ifb", entryOf("a", { changes: [goneVeth, ifb] }), "dead"],
  ["whose namespace is gone, but neither its veth nor its ifb", entryOf("a", { changes: [VETH, ifb] }), "doubtful"],
  ["that limits another plugin's veth, which is gone", entryOf("a", { changes: limited("veth2") }), "dead"],
  ["that limits another plugin's veth, which is there", entryOf("a", { changes: limited("veth1") }), "doubtful"],
  ["with the bridge of all pods, and a link inside", entryOf("a", { changes: [shared, inside] }), "dead"],
  [
    "whose veth was deleted",
    entryOf("a", { changes: [VETH, { kind: "link-deleted", ns: "host", name: "veth1" }] }),
    "dead",
  ],
  ["without a path", entryOf("a", { netns: "" }), "alive"],
];
for (const [what, entry, is] of CASES) {
  Deno.test(`judge() an attachment ${what} is ${is}`, () => assertEquals(judge(entry, links).is, is));
}

Deno.test("judgeAll() doubts what has no link to confirm it, as soon as one attachment's link contradicts its path", () => {
  const contradicted = entryOf("a", { changes: [VETH] });
  const others = [
    entryOf("without a link", { changes: [inside] }),
    entryOf("with an ifb alone", { changes: [ifb] }),
    entryOf("with a limit", { changes: limited("veth2") }),
    entryOf("with a link", { changes: [{ ...VETH, name: "veth2" }, ifb] }),
    entryOf("of an earlier boot", { bootId: "earlier" }),
    aliveEntry("alive"),
  ];
  assertEquals(judgeAll(others, links).map(({ is }) => is), ["dead", "dead", "dead", "dead", "dead", "alive"]);
  assertEquals(judgeAll([contradicted, ...others], links).map(({ is }) => is), [
    "doubtful",
    "doubtful",
    "doubtful",
    "dead",
    "dead",
    "dead",
    "alive",
  ]);
});
