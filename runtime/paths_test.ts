import { assertEquals } from "@std/assert";
import { cacheDir, libDir, type ProcessView, stateDir } from "./paths.ts";

const process = (view: Partial<ProcessView>, environment: Record<string, string> = {}): ProcessView => ({
  env: (name) => environment[name],
  mainModule: "file:///src/cnidaria/runtime/main.ts",
  execPath: "/usr/bin/deno",
  standalone: false,
  ...view,
});

for (
  const [what, view, environment, expected] of [
    ["in a checkout", {}, {}, "/src/cnidaria/dist"],
    ["of a bundle", { mainModule: "file:///opt/my%20app/cnidaria.js" }, {}, "/opt/my app"],
    ["of a compiled program", { standalone: true, execPath: "/opt/cni/bin/cnidaria" }, {}, "/opt/cni/lib/cnidaria"],
    ["by CNIDARIA_LIB", {}, { CNIDARIA_LIB: "/lib/c" }, "/lib/c"],
    ["with an empty CNIDARIA_LIB", {}, { CNIDARIA_LIB: "" }, "/src/cnidaria/dist"],
  ] as const
) {
  Deno.test(`libDir() ${what}`, () => assertEquals(libDir(process(view, environment)), expected));
}

Deno.test("stateDir() is CNIDARIA_STATE, or what the launcher names, or /var/lib/cnidaria", () => {
  const installed = { CNIDARIA_INSTALLED_STATE: "/i" };
  assertEquals(stateDir(process({}, { ...installed, CNIDARIA_STATE: "/s" })), "/s");
  assertEquals(stateDir(process({}, { ...installed, CNIDARIA_STATE: "" })), "/i");
  assertEquals(stateDir(process({})), "/var/lib/cnidaria");
});

Deno.test("cacheDir() is in the lib folder where the installation has made one", () => {
  const lib = Deno.makeTempDirSync();
  try {
    const view = process({}, { CNIDARIA_LIB: lib, CNIDARIA_STATE: "/s" });
    assertEquals(cacheDir(view), "/s/cache");
    Deno.mkdirSync(`${lib}/cache`);
    assertEquals(cacheDir(view), `${lib}/cache`);
  } finally {
    Deno.removeSync(lib, { recursive: true });
  }
});
