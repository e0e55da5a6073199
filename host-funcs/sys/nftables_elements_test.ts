import { assertEquals, assertThrows } from "@std/assert";
import { networkTest } from "../test_context.ts";
import { EEXIST, ENOENT, KernelError } from "./errno.ts";
import { Nft } from "./libnftables.ts";
import { NftablesElements } from "./nftables_elements.ts";

/** A table of its own, with a verdict map and two chains. */
function withTable(body: (elements: NftablesElements, list: () => string) => void): void {
  const table = `test${crypto.randomUUID().slice(0, 8)}`;
  const nft = Nft.open();
  const elements = new NftablesElements(table);
  try {
    const made = nft.run(
      `add table inet ${table}\nadd chain inet ${table} one\nadd chain inet ${table} two\n` +
        `add map inet ${table} m { type ipv4_addr : verdict ; }\nadd set inet ${table} s { type ipv4_addr ; }`,
    );
    assertEquals(made, { ok: true, output: "" });
    body(elements, () => {
      const answer = nft.run(`list map inet ${table} m`);
      return answer.ok ? answer.output : answer.error;
    });
  } finally {
    nft.run(`delete table inet ${table}`);
    elements.close();
    nft.close();
  }
}

const at = (last: number) => ({ family: "inet" as const, set: "m", key: new Uint8Array([10, 1, 0, last]) });

networkTest("elements are added, found and deleted as nft sees them", () =>
  withTable((elements, list) => {
    assertEquals(elements.element(at(5)), undefined);
    elements.change([{ add: at(5), chain: "one" }, { add: at(6), chain: "two" }]);
    assertEquals(elements.element(at(5)), { chain: "one" });
    assertEquals(list().includes("10.1.0.5 : jump one"), true);
    assertEquals(list().includes("10.1.0.6 : jump two"), true);
    elements.change([{ delete: at(5) }, { add: at(5), chain: "two" }, { delete: at(6) }]);
    assertEquals([elements.element(at(5)), elements.element(at(6))], [{ chain: "two" }, undefined]);
    const inSet = { ...at(7), set: "s" };
    elements.change([{ add: inSet }]);
    elements.change([{ add: inSet }]);
    assertEquals(elements.element(inSet), {});
    assertEquals(elements.element({ ...inSet, set: "none" }), undefined);
  }));

networkTest(
  "a batch with one change that fails changes nothing, and the socket stays usable",
  () =>
    withTable((elements) => {
      elements.change([{ add: at(5), chain: "one" }]);
      for (
        const [change, errno] of [
          [{ add: at(7), chain: "none" }, ENOENT],
          [{ add: at(5), chain: "two" }, EEXIST],
          [{ delete: at(9) }, ENOENT],
        ] as const
      ) {
        const error = assertThrows(
          () => elements.change([{ add: at(6), chain: "one" }, change, { add: at(8), chain: "one" }]),
          KernelError,
        ) as KernelError;
        assertEquals(error.errno, errno);
        assertEquals([elements.element(at(6)), elements.element(at(8))], [undefined, undefined]);
        assertEquals(elements.element(at(5)), { chain: "one" });
      }
      elements.change([{ add: at(6), chain: "one" }]);
      assertEquals(elements.element(at(6)), { chain: "one" });
    }),
);

networkTest("hasChain() tells a chain from none, and a table from none", () =>
  withTable((elements) => {
    assertEquals([elements.hasChain("inet", "one"), elements.hasChain("inet", "x")], [true, false]);
    assertEquals(elements.hasChain("bridge", "one"), false);
  }));
