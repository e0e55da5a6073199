import { assertEquals } from "@std/assert";
import { hasChecksumBug } from "./checksum_bug.ts";

Deno.test("kernels before 5.7 have the bug", () => {
  for (const release of ["3.10.0-1160.el7.x86_64", "4.19.0-27-amd64\n", "5.4.0-190-generic", "5.6.19"]) {
    assertEquals(hasChecksumBug(release), true, release);
  }
  for (const release of ["5.7.0", "5.10.0-32-amd64", "6.1.0-25-amd64\n", "10.0.1", "unknown"]) {
    assertEquals(hasChecksumBug(release), false, release);
  }
});
