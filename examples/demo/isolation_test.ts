import { assertEquals, assertMatch } from "@std/assert";
import { isolationFor } from "./isolation.ts";

Deno.test("isolationFor() takes new namespaces alone as root", () => {
  const isolation = isolationFor(0, () => "works");
  assertEquals(isolation, { kind: "possible", flags: ["--net", "--mount", "--propagation", "private"] });
});

Deno.test("isolationFor() adds a user namespace for any other user", () => {
  const isolation = isolationFor(1000, () => "works");
  assertEquals(isolation.kind === "possible" && isolation.flags.slice(0, 2), ["--user", "--map-root-user"]);
});

Deno.test("isolationFor() names what is missing, and what to do", () => {
  for (const uid of [0, 1000]) {
    const refused = isolationFor(uid, () => ({ refused: "unshare failed: Operation not permitted" }));
    if (refused.kind !== "impossible") throw new Error("expected a refusal");
    assertMatch(refused.why, /Operation not permitted/);
    assertMatch(refused.advice, uid === 0 ? /CAP_SYS_ADMIN/ : /as root/);
  }
  const missing = isolationFor(0, () => "missing");
  assertMatch(missing.kind === "impossible" ? missing.advice : "", /util-linux/);
});
