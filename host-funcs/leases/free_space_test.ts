import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { createLeases } from "./mod.ts";
import { layoutOf, sizeOf } from "./layout.ts";

const ranges = [
  { subnet: "10.1.0.0/28", first: "10.1.0.0", last: "10.1.0.15", gateway: "10.1.0.4" },
  { subnet: "10.2.0.0/30", first: "10.2.0.1", last: "10.2.0.2" },
];
const pool = { index: 0, ranges, store: "", domain: "", cooldown: 0 };
const usable = [
  ...Array.from({ length: 14 }, (_, at) => `10.1.0.${at + 1}`).filter((address) => address !== "10.1.0.4"),
  "10.2.0.1",
  "10.2.0.2",
];

/** Acquire by container number, with the address that it asks for if any; or release. */
const step = fc.record({
  container: fc.nat(20),
  requested: fc.option(fc.constantFrom(...usable), { nil: undefined }),
  release: fc.boolean(),
});

Deno.test("after any acquires and releases, what is free is what is not held, each address once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) =>
      withDatabase((database) => {
        const held = new Map<number, string>();
        for (const { container, requested, release } of steps) {
          const leases = createLeases(fakeContext(database, { containerId: `c${container}` }));
          if (release) {
            assertEquals(leases.release(""), held.delete(container) ? 1 : 0);
            continue;
          }
          const wanted = requested ?? "next";
          // The ledger knows none of them, so that asking for the address one has takes it over.
          const possible = held.has(container)
            ? held.get(container) === requested
            : held.size < usable.length && ![...held.values()].includes(wanted);
          let address: string | undefined;
          try {
            address = leases.acquire(pool, requested).address;
          } catch {
            // Refused: compared below.
          }
          assertEquals(address !== undefined, possible);
          if (address === undefined) continue;
          const others = [...held].filter(([id]) => id !== container).map(([, other]) => other);
          assertEquals(usable.includes(address) && !others.includes(address), true);
          if (requested !== undefined) assertEquals(address, requested);
          held.set(container, address);
        }
        const known = database.get("SELECT held FROM pools");
        if (known === undefined) return;
        const rows = database.all("SELECT first, last FROM free_space");
        const free = rows.reduce((sum, row) => sum + Number(`0x${row.last}`) - Number(`0x${row.first}`) + 1, 0);
        assertEquals([free, known.held], [usable.length - held.size, held.size]);
      })),
    { numRuns: 60 },
  );
});

Deno.test("sizeOf() counts what can be given", () => {
  assertEquals(sizeOf(layoutOf(ranges)), BigInt(usable.length));
});

Deno.test("acquire() searches by index alone, however full the pool", () =>
  withDatabase((database) => {
    const queries = [
      `SELECT range_index, first, last FROM free_space INDEXED BY free_space_unused
        WHERE pool = 1 AND released = 0 AND (range_index, last) > (0, '') ORDER BY range_index, last LIMIT 1`,
      "SELECT range_index, first, released_ms FROM free_space WHERE pool = 1 AND released > 0 ORDER BY released LIMIT 1",
      `SELECT range_index, first FROM free_space WHERE pool = 1 AND released > 0 AND
        (released_ms <= 1 OR released_ms > 2) ORDER BY released LIMIT 1`,
      "SELECT first FROM free_space WHERE pool = 1 AND range_index = 0 AND last >= '' ORDER BY last LIMIT 1",
    ];
    for (const query of queries) {
      const plan = database.all(`EXPLAIN QUERY PLAN ${query}`).map((row) => String(row.detail));
      assertEquals(plan.length, 1, plan.join("; "));
      assertEquals(plan[0]?.startsWith("SEARCH"), true, plan[0]);
    }
  }));
