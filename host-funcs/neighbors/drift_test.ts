import { assertEquals } from "@std/assert";
import type { Change } from "../change.ts";
import { differencesOf, redo } from "../drift.ts";
import { createLinks } from "../links/mod.ts";
import { Reading } from "../reading.ts";
import { networkTest } from "../test_context.ts";
import { createNeighbors } from "./mod.ts";

networkTest("neighbours that were set for good are compared, and set again", (context) => {
  const links = createLinks(context);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
  links.set("container", "eth0", { up: true });
  const neighbors = createNeighbors(context);
  const ip = (words: string) => context.command("container", "ip", words.split(" "));
  for (const address of ["10.1.0.9", "fd00::9"]) {
    context.changes.length = 0;
    neighbors.set("container", { address, mac: "02:00:00:00:00:0A", link: "eth0", permanent: true });
    const [change] = context.changes as [Change];
    const differences = () => differencesOf(new Reading(context), change);
    const name = `neighbour ${address} of eth0 (container)`;
    const cases: [words: string, difference: string][] = [
      [`neigh del ${address} dev eth0`, `${name} is gone`],
      [
        `neigh replace ${address} lladdr 02:00:00:00:00:66 dev eth0`,
        `${name} has MAC address 02:00:00:00:00:66, not 02:00:00:00:00:0a`,
      ],
      [
        `neigh replace ${address} lladdr 02:00:00:00:00:0a dev eth0 nud stale`,
        `${name} is not permanent any more`,
      ],
    ];
    for (const [words, difference] of cases) {
      assertEquals(differences(), []);
      ip(words);
      assertEquals(differences(), [difference]);
      redo(context, change);
    }
    assertEquals([differences(), context.changes.length], [[], 1]);
    neighbors.set("container", { address: `${address}9`, mac: "02:00:00:00:00:0a", link: "eth0", permanent: false });
    ip(`neigh del ${address}9 dev eth0`);
    assertEquals(differencesOf(new Reading(context), context.changes[1]!), [], "the kernel may forget that one");
  }
  links.delete("host", host.name);
  assertEquals(differencesOf(new Reading(context), context.changes[0]!).length, 1);
});

networkTest("forwarding entries are compared, and set again", (context) => {
  const links = createLinks(context);
  const vxlan = `vx${context.unique}`;
  links.ensureVxlan(vxlan, { vni: 4243, port: 8473, local: "10.9.8.7", learning: false });
  const neighbors = createNeighbors(context);
  context.changes.length = 0;
  const unknown = "00:00:00:00:00:00";
  neighbors.fdbSet({ mac: "02:00:00:00:00:78", link: vxlan, dst: "10.9.8.1" });
  for (const dst of ["10.9.8.1", "10.9.8.2"]) neighbors.fdbSet({ mac: unknown, link: vxlan, dst });
  const changes = [...context.changes];
  const differences = () => {
    const now = new Reading(context);
    return changes.flatMap((change) => differencesOf(now, change));
  };
  assertEquals(differences(), []);
  context.command("host", "bridge", ["fdb", "del", unknown, "dev", vxlan, "dst", "10.9.8.2"]);
  context.command("host", "bridge", ["fdb", "del", "02:00:00:00:00:78", "dev", vxlan]);
  assertEquals(differences(), [
    `forwarding entry of 02:00:00:00:00:78 to 10.9.8.1 on ${vxlan} (host) is gone`,
    `forwarding entry of ${unknown} to 10.9.8.2 on ${vxlan} (host) is gone`,
  ]);
  for (const change of changes) redo(context, change);
  assertEquals(differences(), []);
  links.delete("host", vxlan);
});
