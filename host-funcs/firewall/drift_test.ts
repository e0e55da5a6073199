import { assertEquals } from "@std/assert";
import type { Change } from "../change.ts";
import { differencesOf, redo } from "../drift.ts";
import { Reading } from "../reading.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { Nft } from "../sys/libnftables.ts";
import { reasonToSkip } from "../test_context.ts";
import { createFirewall } from "./mod.ts";

const tables = ["inet cnidaria", "bridge cnidaria"];

/** A pod with a masquerade and a MAC check, and what was recorded. */
function drift(name: string, body: (pod: Pod) => void): void {
  const reason = reasonToSkip();
  Deno.test({
    name: reason === undefined ? name : `${name} (ignored: ${reason})`,
    ignore: reason !== undefined,
    // libnftables stays loaded from the first rule on, whichever test makes it.
    sanitizeResources: false,
    fn: () =>
      withDatabase((database) => {
        const nft = Nft.open();
        const context = fakeContext(database);
        const firewall = createFirewall(context);
        for (const table of tables) nft.run(`delete table ${table}`);
        try {
          firewall.addMasquerade({ source: "10.1.0.5", local: ["10.1.0.0/16"] });
          firewall.addMacCheck("veth1", "02:00:00:00:00:05");
          body({
            run: (command) => {
              const answer = nft.run(command);
              if (!answer.ok) throw new Error(`${command}: ${answer.error}`);
              return answer.output;
            },
            state: (sql) => void database.run(sql),
            changes: [...context.changes],
            differences: (changes) => changes.flatMap((change) => differencesOf(new Reading(context), change)),
            redo: (change) => redo(context, change),
            other: (local) =>
              createFirewall(fakeContext(database, { containerId: "c2" })).addMasquerade({ source: "10.1.0.5", local }),
          });
        } finally {
          for (const table of tables) nft.run(`delete table ${table}`);
          nft.close();
        }
      }),
  });
}

interface Pod {
  run(command: string): string;
  state(sql: string): void;
  readonly changes: Change[];
  differences(changes: readonly Change[]): string[];
  redo(change: Change): void;
  other(local: string[]): void;
}

const MASQUERADE = "masquerade of 10.1.0.5 is gone from the packet filter";
const CHECK = "MAC check of veth1 is gone from the packet filter";

const damages: [commands: string[], differences: string[]][] = [
  [["flush ruleset"], [MASQUERADE, CHECK]],
  [["flush table inet cnidaria"], [MASQUERADE]],
  [["flush table bridge cnidaria"], [CHECK]],
  [["delete table inet cnidaria"], [MASQUERADE]],
  [["delete table bridge cnidaria"], [CHECK]],
  [["flush chain inet cnidaria postrouting"], [MASQUERADE]],
  [["delete element inet cnidaria masquerade4 { 10.1.0.5 }"], [MASQUERADE]],
  [["flush map inet cnidaria masquerade4"], [MASQUERADE]],
  [["flush set bridge cnidaria checked"], [CHECK]],
  [["delete element bridge cnidaria allowed { veth1 . 02:00:00:00:00:05 }"], [CHECK]],
];

for (const [commands, expected] of damages) {
  drift(`what \`nft ${commands.join("; ")}\` took is a difference, and is added again`, (pod) => {
    assertEquals(pod.differences(pod.changes), []);
    const before = tables.map((table) => pod.run(`list table ${table}`));
    for (const command of commands) pod.run(command);
    assertEquals(pod.differences(pod.changes), expected);
    for (const change of pod.changes.filter((it) => pod.differences([it]).length > 0)) pod.redo(change);
    assertEquals(pod.differences(pod.changes), []);
    assertEquals(tables.map((table) => pod.run(`list table ${table}`)), before);
  });
}

drift("what the state lost is a difference, and is put back", (pod) => {
  pod.state("DELETE FROM firewall_elements");
  assertEquals(pod.differences(pod.changes), [
    "masquerade of 10.1.0.5 is gone from the node's state",
    "MAC check of veth1 is gone from the node's state",
  ]);
  pod.changes.forEach(pod.redo);
  assertEquals(pod.differences(pod.changes), []);
});

drift("another attachment that claims the same source is no difference", (pod) => {
  pod.other(["10.1.0.0/16", "10.96.0.0/12"]);
  assertEquals(pod.differences(pod.changes), []);
});
