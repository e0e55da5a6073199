import { assertEquals, assertThrows } from "@std/assert";
import { CniFailure } from "./failure.ts";
import { CNI_VERSIONS, COMMAND_SINCE, formatVersions, isAtLeast, selectVersion } from "./version.ts";

for (const version of CNI_VERSIONS) {
  for (const [command, since] of Object.entries(COMMAND_SINCE)) {
    const allowed = isAtLeast(version, since);
    Deno.test(`selectVersion() ${allowed ? "allows" : "refuses"} ${command} in ${version}`, () => {
      const select = () => selectVersion(version, command as keyof typeof COMMAND_SINCE);
      if (allowed) assertEquals(select(), version);
      else assertEquals((assertThrows(select, CniFailure) as CniFailure).code, 1);
    });
  }
}

for (const missing of [undefined, ""]) {
  Deno.test(`selectVersion() takes ${JSON.stringify(missing)} for 0.1.0`, () => {
    assertEquals(selectVersion(missing, "ADD"), "0.1.0");
    assertEquals((assertThrows(() => selectVersion(missing, "CHECK"), CniFailure) as CniFailure).code, 1);
  });
}

for (const version of ["1.2.0", "0.5.0", "1.0", "v1.0.0", "2.0.0", " 1.0.0"]) {
  Deno.test(`selectVersion() refuses ${JSON.stringify(version)}, and says what is supported`, () => {
    const failure = assertThrows(() => selectVersion(version, "ADD"), CniFailure) as CniFailure;
    assertEquals([failure.code, failure.message.includes(version), failure.details.includes("0.3.1")], [1, true, true]);
  });
}

Deno.test("formatVersions() names every supported version", () => {
  assertEquals(JSON.parse(formatVersions("1.0.0")), {
    cniVersion: "1.0.0",
    supportedVersions: ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"],
  });
});
