// What the contract has declared stays, see host-funcs/wit/README.md.

import { assert, assertEquals } from "@std/assert";
import { CONTRACT_VERSION, isServed } from "../../host-funcs/wit/contract.ts";
import { EXPORTS } from "../../runtime/plugin/manifest.ts";
import { frozenVersions } from "./frozen_plugin.ts";
import { declarations } from "./wit_items.ts";

const FOLDER = new URL("./", import.meta.url).pathname;
const present = await declarations(new URL("../../host-funcs/wit", import.meta.url).pathname);

Deno.test("declarations() finds functions, records, variants and enums of every interface", () => {
  assertEquals(
    present.get("interface cni: del: func"),
    "del: func(at: attachment, config: string) -> result<_, cni-error>;",
  );
  assertEquals(present.get("interface types: variant sandbox"), "variant sandbox { host, container, other(string), }");
  assertEquals(present.get("interface log: enum level"), "enum level { debug, info, warn, error }");
  assertEquals(present.get("interface links: %list: func"), "%list: func(ns: ns) -> result<list<link>, host-error>;");
  assert(present.has("interface nftables: record rule") && present.has("interface policy: variant event"));
});

for (const version of frozenVersions().filter((it) => isServed(it))) {
  Deno.test(`${CONTRACT_VERSION} has all that ${version} has, word by word`, async () => {
    const frozen = await declarations(`${FOLDER}${version}`);
    assert(frozen.size > 100, `${frozen.size} declarations were read`);
    const changed = [...frozen].filter(([key, text]) => present.get(key) !== text).map(([key]) => key);
    assertEquals(changed, [], "another type or function needs another name, or a new major version");
  });

  Deno.test(`what plugins export has no more functions than in ${version}`, async () => {
    const frozen = await declarations(`${FOLDER}${version}`);
    const known = EXPORTS.filter((name) => [...frozen.keys()].some((key) => key.startsWith(`interface ${name}:`)));
    const functions = (all: Map<string, string>) =>
      [...all.keys()].filter((key) => key.endsWith(": func") && known.some((it) => key.startsWith(`interface ${it}:`)));
    assertEquals(functions(present), functions(frozen), "a host could not call it in what was built before");
  });
}
