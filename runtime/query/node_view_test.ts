import { assertEquals } from "@std/assert";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { withDatabase } from "../../host-funcs/state/testing.ts";
import { fill } from "./testing/crowd.ts";
import { livenessOfRow, NodeView } from "./node_view.ts";

Deno.test("a node without a state has nothing, and looking makes none", () => {
  const parent = Deno.makeTempDirSync();
  try {
    using view = new NodeView(`${parent}/state`);
    assertEquals(view.snapshot(), { attachments: [], leases: [], pools: [] });
    assertEquals(view.changed(), false);
    assertEquals([...Deno.readDirSync(parent)], []);
    const database = openDatabase(`${parent}/state`);
    fill(database, { count: 2, subnet: "10.9.0.0/24" });
    database.close();
    assertEquals(view.snapshot().attachments.length, 2);
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
});

Deno.test("what another writes is seen, and nothing is read twice without that", () => {
  withDatabase((database, stateDir) => {
    using view = new NodeView(stateDir);
    fill(database, { count: 2, subnet: "10.9.0.0/24" });
    const first = view.snapshot();
    assertEquals([first.attachments.length, first.leases.length, first.pools[0]?.held], [2, 2, 2]);
    assertEquals([view.changed(), view.snapshot() === first], [false, true]);
    fill(database, { count: 1, subnet: "10.8.0.0/24", network: "others" });
    assertEquals([view.changed(), view.changed()], [true, false]);
    assertEquals(view.snapshot().pools.map(({ network }) => network), ["others", "pods"]);
    database.run("DELETE FROM attachments WHERE network = 'others'");
    assertEquals(view.snapshot().attachments.length, 2);
  });
});

Deno.test("a row tells the pod's end, the node's end, and the bridge between", () => {
  withDatabase((database, stateDir) => {
    using view = new NodeView(stateDir);
    fill(database, { count: 1, subnet: "10.9.0.0/24" });
    const [row] = view.snapshot().attachments;
    const { podNamespace, podName, addresses, mac, hostInterface, bridge, plugins } = row!;
    assertEquals([podNamespace, podName, plugins], ["team-0", "web-0", ["bridge"]]);
    assertEquals([addresses, mac, hostInterface, bridge], [
      ["10.9.0.1/16"],
      "0a:58:00:00:00:00",
      "veth00000000",
      "cni0",
    ]);
    assertEquals(livenessOfRow(row!), "alive");
    assertEquals(livenessOfRow({ ...row!, bootId: "an earlier one" }), "dead");
    assertEquals(livenessOfRow({ ...row!, netns: "/nowhere" }), "dead");
  });
});
