import { assertEquals, assertThrows } from "@std/assert";
import { openForeignLibrary } from "./foreign_library.ts";

Deno.test("openForeignLibrary() passes arguments and results of every kind unharmed", () => {
  const library = openForeignLibrary("libc.so.6", {
    labs: { parameters: ["i64"], result: "i64" },
    memcmp: { parameters: ["buffer", "buffer", "usize"], result: "i32" },
    // Six arguments fill the registers of x86-64: the additional one lies on the stack.
    syscall: { parameters: ["i64", "i64", "i64", "i64", "i64", "i64"], result: "i64" },
    // Eight fill those of aarch64.
    snprintf: {
      parameters: ["buffer", "usize", "buffer", "i32", "i32", "i32", "i32", "i32"],
      result: "i32",
    },
  });
  try {
    const { labs, memcmp, syscall, snprintf } = library.symbols;
    assertEquals(labs(-(2n ** 62n)), 2n ** 62n);
    assertEquals(memcmp(Uint8Array.of(1, 2), Uint8Array.of(1, 2), 2n), 0);
    const SYS_getpid = Deno.build.arch === "x86_64" ? 39n : 172n;
    assertEquals(syscall(SYS_getpid, 0n, 0n, 0n, 0n, 0n), BigInt(Deno.pid));
    const text = new Uint8Array(256);
    const format = new TextEncoder().encode("%d %d %d %d %d\0");
    const length = snprintf(text, 256n, format, 1, 2, 3, 4, 5);
    assertEquals(new TextDecoder().decode(text.subarray(0, length)), "1 2 3 4 5");
  } finally {
    library.close();
  }
});

Deno.test("openForeignLibrary() throws for a symbol that is not there", () => {
  assertThrows(
    () => openForeignLibrary("libc.so.6", { no_such_function: { parameters: [], result: "void" } }),
    Error,
    "no_such_function",
  );
});
