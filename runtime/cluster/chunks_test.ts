import { assertEquals } from "@std/assert";
import { chunksOf } from "./chunks.ts";

function peers(count: number, backendData = "") {
  return Array.from(
    { length: count },
    (_, index) => ({ name: `${index}`, subnet: "", publicIp: "", backendType: "", backendData }),
  );
}

const sizes = (list: ReturnType<typeof peers>, valueBytes = 1 << 20) =>
  [...chunksOf(list, { valueBytes })].map((chunk) => chunk.length);

Deno.test("chunksOf() keeps every peer, in order", () => {
  const list = peers(1234);
  assertEquals([...chunksOf(list, { valueBytes: 1 << 20 })].flat(), list);
  assertEquals(sizes([]), []);
  assertEquals([sizes(peers(500)), sizes(peers(501)), sizes(list)], [[500], [500, 1], [500, 500, 234]]);
});

Deno.test("chunksOf() asks for no more than an answer may hold, and for one at least", () => {
  assertEquals(sizes(peers(150), 65536), [64, 64, 22]);
  assertEquals(sizes(peers(2), 1), [1, 1]);
});

Deno.test("chunksOf() gives no call more text than a component has room for, unless one peer has", () => {
  const half = "x".repeat(512 * 1024);
  assertEquals(sizes(peers(3, half.slice(10))), [2, 1]);
  assertEquals(sizes([...peers(1), ...peers(2, half + half), ...peers(2)]), [1, 1, 1, 2]);
});
