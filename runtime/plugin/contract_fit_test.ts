import { assertEquals, assertThrows } from "@std/assert";
import { CONTRACT_VERSION, qualifiedName } from "../../host-funcs/wit/contract.ts";
import { CniFailure } from "../cni/failure.ts";
import { builtFor, mismatchOf, refuseMismatch } from "./contract_fit.ts";
import { CONTRACT_NAMES } from "./manifest.ts";

const [major, minor] = CONTRACT_VERSION.split(".").map(Number) as [number, number];
const NEWER = `${major}.${minor + 1}.0`;

Deno.test("builtFor() is the newest version of the contract among the names", () => {
  assertEquals(builtFor([qualifiedName("log", "0.9.0"), qualifiedName("links", "0.10.0"), "init"]), "0.10.0");
  assertEquals(builtFor(["wasi:cli/environment@7.0.0"]), undefined);
});

Deno.test("mismatchOf() finds nothing in what this host has, of this version or an older one", () => {
  for (const version of [CONTRACT_VERSION, `${major}.0.0`]) {
    assertEquals(
      mismatchOf(["links", "types", "cni"].map((name) => qualifiedName(name, version)), CONTRACT_NAMES),
      undefined,
    );
  }
});

for (
  const [what, name, why, advice] of [
    [
      "a newer minor",
      qualifiedName("links", NEWER),
      `it was built for cnidaria:cni ${NEWER}, and this host has ${CONTRACT_VERSION}`,
      `upgrade cnidaria on this node to a release that has cnidaria:cni ${NEWER}, or build the plugin with the release of ` +
      "cnidaria that this node has",
    ],
    [
      "a newer major",
      qualifiedName("links", `${major + 1}.0.0`),
      `it was built for cnidaria:cni ${major + 1}.0.0, and this host has ${CONTRACT_VERSION}`,
      `upgrade cnidaria on this node to a release that has cnidaria:cni ${
        major + 1
      }.0.0, or build the plugin with the ` +
      "release of cnidaria that this node has",
    ],
    [
      "an interface that this host does not have",
      qualifiedName("teleport"),
      `it was built for cnidaria:cni ${CONTRACT_VERSION} with an interface "teleport", which this host's ` +
      `${CONTRACT_VERSION} does not have`,
      "build the plugin with the release of cnidaria that this node has",
    ],
  ] as const
) {
  Deno.test(`refuseMismatch() names plugin, both versions and what to do: ${what}`, () => {
    const names = [qualifiedName("log"), name];
    const failure = assertThrows(() => refuseMismatch("guest", names, CONTRACT_NAMES), CniFailure) as CniFailure;
    assertEquals([failure.code, failure.message, failure.details], [204, `Cannot run plugin guest as ${why}`, advice]);
  });
}
