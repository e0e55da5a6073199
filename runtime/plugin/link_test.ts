import { assertEquals, assertThrows } from "@std/assert";
import { qualifiedName } from "../../host-funcs/wit/contract.ts";
import { CniFailure } from "../cni/failure.ts";
import { factoriesOf } from "./link.ts";
import { interfacesOf } from "./manifest.ts";
import { delegatesOf } from "./component.ts";

Deno.test("interfacesOf() knows the contract, and needs nothing for its types", () => {
  const names = ["config-files", "links", "types"].map((name) => qualifiedName(name));
  assertEquals(interfacesOf("p", names), ["links", "config-files"]);
});

for (const name of ["wasi:cli/environment@0.2.0", "cnidaria:cni/links", "links", ""]) {
  Deno.test(`interfacesOf() refuses a component that imports ${JSON.stringify(name)}`, () => {
    const failure = assertThrows(() => interfacesOf("evil", [name]), CniFailure) as CniFailure;
    assertEquals([failure.code, failure.message.includes("evil"), failure.message.includes(name)], [204, true, true]);
  });
}

Deno.test("factoriesOf() has what is asked for, and leaves the runner's own", () => {
  const factories = factoriesOf(["config-files", "ipam", "log"]);
  assertEquals([...factories.keys()], ["config-files"]);
});

for (
  const [config, interfaces, expected] of [
    [{ ipam: { type: "host-local" } }, ["ipam"], ["host-local"]],
    [{ ipam: { type: "host-local" } }, ["links"], []],
    [{}, ["ipam"], []],
    [{}, ["delegate"], ["bridge", "host-local"]],
    [{ delegate: { type: "ptp", ipam: { type: "static" } } }, ["delegate"], ["ptp", "static"]],
    [{ delegate: 5 }, ["delegate"], ["bridge", "host-local"]],
  ] as const
) {
  Deno.test(`delegatesOf(${JSON.stringify(config)}) with ${interfaces}`, () => {
    assertEquals(delegatesOf(config, interfaces), [...expected]);
  });
}
