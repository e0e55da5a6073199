import { assertThrows } from "@std/assert";
import { qualifiedName } from "../../../host-funcs/wit/contract.ts";
import { importing } from "../../../runtime/plugin/admission/testing/installation.ts";
import { checkImports } from "./imports.ts";

Deno.test("checkImports() names an import that no host has, and one that the manifest lacks", () => {
  const refused = (name: string, message: string) =>
    assertThrows(
      () => checkImports(importing(name), "guest", ["log"], "cni"),
      Error,
      `Cannot build guest as ${message}`,
    );
  refused(
    "wasi:cli/environment@0.2.0",
    "its component imports wasi:cli/environment@0.2.0, which the host does not have",
  );
  refused(qualifiedName("links"), 'its component imports links: add it to "imports" of its plugin.json');
});

Deno.test("checkImports() misses the export that the manifest names", () => {
  for (const name of ["log", "types"]) {
    const check = () => checkImports(importing(qualifiedName(name)), "guest", ["log"], "cni");
    assertThrows(check, Error, "Cannot build guest as its component does not export cni");
  }
});
