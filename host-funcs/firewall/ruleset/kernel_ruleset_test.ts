import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { differenceOf } from "./difference.ts";
import { Ruleset } from "./ruleset.ts";
import { table } from "./testing/arbitrary.ts";
import { nftText } from "./testing/nft_text.ts";
import { kernelTest } from "./testing/with_kernel.ts";

kernelTest("any table is what nft would have made of it, and so it is after any difference", ({ open, read, made }) => {
  const kernel = open();
  fc.assert(
    fc.property(table, table, (first, second) => {
      const [one, other] = [new Ruleset(), new Ruleset()];
      one.change(first);
      other.change(second);
      kernel.replace(one);
      assert(kernel.matches());
      assertEquals(read(), made(nftText("%", one)));
      const { repaired } = kernel.apply(differenceOf(one, other));
      assertEquals(repaired, false);
      assert(kernel.matches(other));
      const listed = read();
      assertEquals(listed, made(nftText("%", other)));
      kernel.replace(other);
      assertEquals(read(), listed);
    }),
    { numRuns: 100 },
  );
});
