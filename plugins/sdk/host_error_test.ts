import { assertEquals, assertThrows } from "@std/assert";
import { absent, withoutNulls } from "./absent.ts";
import { CniError } from "./cni_error.ts";
import { attempt, isHostError, toCniError, unlessHostError } from "./host_error.ts";
import { HostFailure } from "./testing/host_failure.ts";

Deno.test("toCniError() keeps CNI errors, names what a host error was for, and owns up to defects", () => {
  const own = new CniError(50, "no address");
  assertEquals(toCniError(own, "x"), own);
  assertEquals(toCniError({ payload: { code: 11, msg: "later", details: "" } }, "x").payload, {
    code: 11,
    msg: "later",
    details: "",
  });
  const host = toCniError(new HostFailure("busy", "it is in use"), "remove eth0");
  assertEquals([host.code, host.message], [11, "Cannot remove eth0: it is in use"]);
  const defect = toCniError(new TypeError("x is no function"), "attach eth0");
  assertEquals([defect.code, defect.message], [
    999,
    "Cannot attach eth0 as the plugin has a defect: TypeError: x is no function",
  ]);
});

Deno.test("attempt() and unlessHostError() let the right errors through", () => {
  const gone = () => {
    throw new HostFailure("not-found", "gone");
  };
  assertThrows(() => attempt("look", gone), CniError, "Cannot look: gone");
  assertEquals(unlessHostError(["not-found"], gone), undefined);
  assertThrows(() => unlessHostError(["exists"], gone), HostFailure);
  assertEquals([isHostError(new HostFailure("io", ""), "io"), isHostError(new Error("io"), "io")], [true, false]);
});

Deno.test("absent() takes nulls out at any depth; withoutNulls() does so for errors too", () => {
  assertEquals(absent({ a: null, b: [{ c: null, d: 1 }], e: new Uint8Array(1) }), {
    b: [{ d: 1 }],
    e: new Uint8Array(1),
  });
  assertEquals(withoutNulls(() => null)(), undefined);
  const thrown = assertThrows(withoutNulls(() => {
    throw Object.assign(new Error("m"), { payload: { code: "io", message: "m", errno: null } });
  }));
  assertEquals((thrown as unknown as { payload: unknown }).payload, { code: "io", message: "m" });
});
