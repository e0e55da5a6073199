import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { attempt, hostCallError, isErrno, KernelError } from "./errno.ts";

Deno.test("hostCallError() says what failed, why, and the kernel's words", () => {
  const error = hostCallError("add it", new KernelError(101, "Nexthop has invalid gateway")) as HostCallError;
  assertEquals(error.payload, {
    code: "invalid",
    message: "Cannot add it as the gateway cannot be reached: no address of a link covers it (ENETUNREACH); " +
      "the kernel says: Nexthop has invalid gateway",
    errno: 101,
  });
});

Deno.test("hostCallError() has a code for an errno without a name", () => {
  const error = hostCallError("do it", new KernelError(4095)) as HostCallError;
  assertEquals(error.payload, { code: "io", message: "Cannot do it as the kernel refused (errno 4095)", errno: 4095 });
});

Deno.test("attempt() hands on what is no answer of the kernel", () => {
  const defect = new RangeError("defect");
  assertStrictEquals(hostCallError("do it", defect), defect);
  assertThrows(
    () =>
      attempt("do it", () => {
        throw defect;
      }),
    RangeError,
    "defect",
  );
  assertEquals(attempt("do it", () => 5), 5);
});

Deno.test("isErrno() knows the kernel's answers only", () => {
  assertEquals(isErrno(new KernelError(17), 2, 17), true);
  assertEquals(isErrno(new KernelError(17), 2), false);
  assertEquals(isErrno({ errno: 17 }, 17), false);
});
