import { assertEquals } from "@std/assert";
import { withVersion } from "./set_version.ts";

// The package's name is put together, so that this file names no version of the contract.
const CNI = "cnidaria" + ":cni";

Deno.test("withVersion() changes what names the contract in that version, and no other version", () => {
  const text = [
    `package ${CNI}@1.0.0;`,
    `import * as links from "${CNI}/links@1.0.0";`,
    `import * as files from "${CNI}/config-files@1.0.01";`,
    `"${CNI}/links@1.1.0"`,
    `"cniVersion": "1.0.0", "wasi:cli/environment@1.0.0"`,
    `export const CONTRACT_VERSION = "1.0.0";`,
  ];
  assertEquals(withVersion(text.join("\n"), "1.0.0", "1.2.0").split("\n"), [
    `package ${CNI}@1.2.0;`,
    `import * as links from "${CNI}/links@1.2.0";`,
    ...text.slice(2, 5),
    `export const CONTRACT_VERSION = "1.2.0";`,
  ]);
});
