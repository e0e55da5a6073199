import { assertEquals } from "@std/assert";
import { Claims } from "./claims.ts";
import { keyOf, type OverlayObject } from "./object.ts";

function route(dst: string, gateway: string): OverlayObject {
  return { kind: "route", dst, gateway, link: "flannel.1", onlink: true };
}

const [A, B] = [route("10.1.0.0/24", "10.1.0.0"), route("10.1.0.0/24", "10.1.0.9")];
const key = keyOf(A);

Deno.test("the last who asks has the place, and who was there before has it back", () => {
  const claims = new Claims();
  assertEquals([...claims.set("one", [A])], [key]);
  claims.set("two", [B]);
  assertEquals(claims.get(key), { peer: "two", object: B });
  // Repeating is no new wish; another one is.
  claims.set("one", [A]);
  assertEquals(claims.get(key)?.peer, "two");
  claims.set("one", [B]);
  assertEquals(claims.get(key)?.peer, "one");
  claims.set("one", []);
  assertEquals(claims.get(key), { peer: "two", object: B });
  claims.set("two", []);
  assertEquals([claims.get(key), claims.size, [...claims.peers()]], [undefined, 0, []]);
});

Deno.test("set() names the keys that a peer wanted or wants", () => {
  const claims = new Claims();
  const other = route("10.2.0.0/24", "10.2.0.0");
  claims.set("one", [A]);
  assertEquals([...claims.set("one", [other])].sort(), [key, keyOf(other)]);
  assertEquals([...claims.all()], [[keyOf(other), { peer: "one", object: other }]]);
  assertEquals([...claims.set("nobody", [])], []);
});
