import { assertEquals } from "@std/assert";
import { CONTRACT_VERSION } from "../wit/contract.ts";
import { createHostInfo } from "./mod.ts";

Deno.test("versions() has program, contract and specification, and no way to change them", () => {
  const { versions } = createHostInfo("3.2.1", ["0.4.0", "1.0.0"]);
  const expected = { host: "3.2.1", contract: CONTRACT_VERSION, cni: ["0.4.0", "1.0.0"] };
  assertEquals(versions(), expected);
  versions().cni.push("9.9.9");
  assertEquals(versions(), expected);
});
