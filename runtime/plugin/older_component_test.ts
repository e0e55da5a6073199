import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { qualifiedName } from "../../host-funcs/wit/contract.ts";
import type { Imports, LoadedComponent } from "../engine/engine.ts";
import { asPresent } from "./older_component.ts";

const LIMITS = { memoryBytes: 1, timeMs: 1, fuel: 1, hostCalls: 1, valueBytes: 1 };
const old = (name: string) => qualifiedName(name, "0.0.1");

/** A component that notes what it gets. */
function component(imports: readonly string[]) {
  const seen: { imports?: Imports; called?: string; prepared?: boolean; closed?: boolean } = {};
  const inner: LoadedComponent = {
    imports,
    instantiate(given) {
      seen.imports = given;
      return { call: (name) => seen.called = name, renew: () => {}, fuelUsed: () => 7, close: () => {} };
    },
    prepare: () => void (seen.prepared = true),
    close: () => void (seen.closed = true),
  };
  return { seen, inner };
}

Deno.test("asPresent() leaves a component of the present contract as it is, and asks it nothing", () => {
  const { inner } = component([qualifiedName("links"), "wasi:cli/environment@0.2.0"]);
  const exportsOf = () => {
    throw new Error("it was asked");
  };
  assertStrictEquals(asPresent(inner, exportsOf), inner);
});

Deno.test("asPresent() runs an older one under the present names", () => {
  const { seen, inner } = component([old("links"), old("types"), qualifiedName("log"), old("log")]);
  const adapted = asPresent(inner, () => [old("cni"), "init"]);
  assertEquals(adapted.imports, ["links", "log", "types"].map((name) => qualifiedName(name)));
  const [links, log] = [{ get: () => 1 }, { write: () => 2 }];
  const instance = adapted.instantiate({ [qualifiedName("links")]: links, [qualifiedName("log")]: log }, LIMITS);
  assertEquals(Object.keys(seen.imports!).sort(), [old("links"), old("log"), qualifiedName("log")].sort());
  assertStrictEquals(seen.imports![old("links")], links);
  instance.call(qualifiedName("cni"), "add", []);
  assertEquals([seen.called, instance.fuelUsed()], [old("cni"), 7]);
  adapted.prepare!();
  adapted.close();
  assert(seen.prepared && seen.closed);
});
