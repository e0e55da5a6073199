import { assertEquals, assertThrows } from "@std/assert";
import { CommandFailure } from "../output.ts";
import { parseNetworkList } from "./network_list.ts";

const parse = (value: unknown) => parseNetworkList(JSON.stringify(value), "net.conflist");

Deno.test("parseNetworkList() takes a single plugin's configuration as a list of one", () => {
  const list = parse({ cniVersion: "0.3.1", name: "n", type: "bridge" });
  assertEquals([list.name, list.cniVersion, list.plugins.map((plugin) => plugin.type)], ["n", "0.3.1", ["bridge"]]);
});

Deno.test("parseNetworkList() takes the newest of cniVersions that it knows, and 0.1.0 where none is named", () => {
  const plugins = [{ type: "bridge" }];
  assertEquals(
    parse({ name: "n", plugins, cniVersion: "0.4.0", cniVersions: ["9.0.0", "1.1.0", "1.0.0"] }).cniVersion,
    "1.1.0",
  );
  assertEquals(parse({ name: "n", plugins }).cniVersion, "0.1.0");
});

Deno.test.each([
  ["{", "no JSON"],
  ["[]", "no JSON object"],
  ['{"plugins":[{"type":"a"}]}', '"name"'],
  ['{"name":"n","plugins":[]}', '"plugins"'],
  ['{"name":"n","plugins":[{"type":"../a"}]}', '"plugins"[0].type'],
  ['{"name":"n","cniVersion":"7.0.0","type":"a"}', "7.0.0"],
])("parseNetworkList() refuses %s, naming what is wrong", (text, why) => {
  assertThrows(() => parseNetworkList(text, "net.conflist"), CommandFailure, why);
});
