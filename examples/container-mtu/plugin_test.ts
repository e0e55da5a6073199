import { assertEquals, assertMatch } from "@std/assert";
import { emptyResult } from "../../plugins/sdk/result.ts";
import { failureOf, FakeHost, loadPlugin } from "../../plugins/sdk/testing/mod.ts";

const plugin = await loadPlugin(new URL(".", import.meta.url));

/** A host after `bridge` has attached the container. */
function attached() {
  const host = new FakeHost();
  host.network.addLink("container", "eth0", "veth");
  const prevResult = {
    ...emptyResult(),
    interfaces: [
      { name: "eth0", mac: "02:00:00:00:00:09", sandbox: { tag: "host" as const } },
      { name: "eth0", mac: "02:00:00:00:00:02", sandbox: { tag: "container" as const } },
    ],
  };
  return { host, prevResult };
}

Deno.test("container-mtu imports nothing but links", () => {
  assertEquals(plugin.imports.filter((name) => !name.includes("types")).map((name) => name.replace(/.*\/|@.*/g, "")), [
    "links",
  ]);
});

Deno.test("ADD sets the MTU, and says so in the result", () => {
  const { host, prevResult } = attached();
  const result = plugin.add(host, { mtu: 1400 }, { prevResult });
  assertEquals(host.network.link("container", "eth0").mtu, 1400);
  assertEquals(result.interfaces.map((each) => each.mtu), [undefined, 1400]);
});

Deno.test("CHECK finds an MTU that someone changed", () => {
  const { host, prevResult } = attached();
  plugin.add(host, { mtu: 1400 }, { prevResult });
  plugin.check(host, { mtu: 1400 }, { prevResult });
  host.network.link("container", "eth0").mtu = 1500;
  assertMatch(failureOf(() => plugin.check(host, { mtu: 1400 }, { prevResult })).message, /is 1500, not 1400/);
});

Deno.test("ADD refuses an MTU that no link can have, and a place at the head of the chain", () => {
  const { host, prevResult } = attached();
  assertEquals(failureOf(() => plugin.add(host, { mtu: 12 }, { prevResult })).code, 7);
  assertMatch(failureOf(() => plugin.add(new FakeHost(), { mtu: 1400 })).message, /prevResult is missing/);
  assertEquals(host.callNames(), []);
});

Deno.test("an error of the host reaches the runtime as the plugin's", () => {
  const { host, prevResult } = attached();
  host.failOn("links.set");
  assertMatch(failureOf(() => plugin.add(host, { mtu: 1400 }, { prevResult })).message, /set the MTU of eth0 to 1400/);
});
