import { assertEquals, assertThrows } from "@std/assert";
import type { Change } from "../change.ts";
import { HostCallError } from "../error.ts";
import { Reading } from "../reading.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { leaseDifferences, redoLeaseChange } from "./drift.ts";
import { createLeases } from "./mod.ts";
import { undoLeaseChange } from "./undo.ts";

const pool = {
  store: "",
  index: 0,
  domain: "",
  cooldown: 0,
  ranges: [{ subnet: "10.1.0.0/29", first: "10.1.0.2", last: "10.1.0.6" }],
};

type Acquired = Extract<Change, { kind: "lease-acquired" }>;

Deno.test("a lease that is gone is a difference, and is given again under its number", () =>
  withDatabase((database) => {
    const args = [["K8S_POD_NAMESPACE", "default"], ["K8S_POD_NAME", "web"]] as const;
    const context = fakeContext(database, {}, { args });
    const leases = createLeases(context);
    leases.acquire(pool, undefined);
    const change = context.changes[0] as Acquired;
    const differences = () => leaseDifferences(new Reading(context), change);
    assertEquals([differences(), leases.usage(pool).held], [[], 1n]);
    leases.release("");
    assertEquals(differences(), ["the lease of 10.1.0.2 is gone"]);
    for (let times = 0; times < 2; times++) redoLeaseChange(context, change);
    assertEquals([differences(), leases.usage(pool).held, leases.held("")], [[], 1n, ["10.1.0.2"]]);
    // Nobody else gets it, and it goes by its number.
    const others = ["c2", "c3", "c4", "c5"].map((containerId) =>
      createLeases(fakeContext(database, { containerId })).acquire(pool, undefined).address
    );
    assertEquals(others, ["10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6"]);
    undoLeaseChange(context, change);
    assertEquals([leases.held(""), leases.usage(pool).held], [[], 4n]);
  }));

Deno.test("a lease that another attachment holds is a difference that names it, and stays", () =>
  withDatabase((database) => {
    const context = fakeContext(database);
    const leases = createLeases(context);
    leases.acquire(pool, undefined);
    const change = context.changes[0] as Acquired;
    leases.release("");
    const args = [["K8S_POD_NAMESPACE", "default"], ["K8S_POD_NAME", "web"]] as const;
    createLeases(fakeContext(database, { containerId: "c2" }, { args })).acquire(pool, "10.1.0.2");
    const owner = "pod default/web (container c2, eth0)";
    assertEquals(leaseDifferences(new Reading(context), change), [
      `the lease of 10.1.0.2 is held by another attachment: ${owner}`,
    ]);
    const refusal = assertThrows(() => redoLeaseChange(context, change), HostCallError, owner) as HostCallError;
    assertEquals(refusal.code, "busy");
    assertEquals(leases.held(""), []);
  }));
