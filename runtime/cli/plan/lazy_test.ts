// What only a plan needs costs a CNI call nothing, nor what only `networkPolicy` needs: no module on its way is imported
// with it.

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../../", import.meta.url);
const ENTRIES = [
  "runtime/main.ts",
  ...["add", "del", "check", "gc", "status"].map((verb) => `runtime/transaction/${verb}.ts`),
  ...[
    "links",
    "addresses",
    "routes",
    "rules",
    "neighbors",
    "sysctl",
    "firewall",
    "leases",
    "notes",
    "config-files",
    "host-info",
  ]
    .map((name) => `host-funcs/${name}/mod.ts`),
  "host-funcs/port-maps/mod.ts",
  "host-funcs/undo.ts",
];

/** The modules that these import, and those they import; without types, and without what is imported when it is needed. */
async function reached(entries: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>(entries.map((path) => new URL(path, ROOT).href));
  for (const url of found) {
    const text = await Deno.readTextFile(new URL(url));
    for (const [, clause, path] of text.matchAll(/^(?:import|export) (?!type )([^;]*?from )?"(\.[^"]+)";/gm)) {
      const names = clause?.match(/\{([^}]*)\}/)?.[1]?.split(",").map((it) => it.trim()).filter((it) => it !== "") ??
        [];
      const onlyTypes = names.length > 0 && names.every((it) => it.startsWith("type "));
      if (!onlyTypes) found.add(new URL(path!, url).href);
    }
  }
  return found;
}

Deno.test("a CNI call loads nothing of plans", async () => {
  const modules = [...await reached(ENTRIES)].map((url) => url.slice(ROOT.href.length));
  assert(modules.includes("runtime/plugin/host_context.ts"), "the walk goes nowhere");
  assertEquals(modules.filter((path) => /^(runtime\/cli|host-funcs\/planned)\//.test(path)), []);
});

Deno.test("an ADD without networkPolicy loads nothing of a pod's isolation, and no call anything of policies", async () => {
  const modules = [...await reached(ENTRIES)].map((url) => url.slice(ROOT.href.length));
  const isolating = ["runtime/transaction/isolation.ts", "host-funcs/firewall/isolate.ts"];
  for (const path of isolating) await Deno.stat(new URL(path, ROOT));
  const unwanted =
    /^(runtime\/(policy|kubernetes)|host-funcs\/firewall\/ruleset)\/|isolation_take_over|forget_unresolved/;
  assertEquals(modules.filter((path) => isolating.includes(path) || unwanted.test(path)), []);
});
