import { assert, assertEquals } from "@std/assert";
import { assertEveryFailureIsAnError, dualStack, failureOf, FakeHost, loadPlugin } from "../sdk/testing/mod.ts";

const plugin = await loadPlugin(new URL("./", import.meta.url));
const CONFIG = { type: "loopback" };

Deno.test("ADD: lo comes up; its addresses are the result", () => {
  const host = new FakeHost();
  const result = plugin.add(host, CONFIG);
  assert(host.network.link("container", "lo").up);
  assert(!host.network.link("host", "lo").up);
  assertEquals(result.interfaces.map(({ name, mac, sandbox }) => [name, mac, sandbox]), [
    ["lo", "00:00:00:00:00:00", { tag: "container" }],
  ]);
  assertEquals(result.ips.map((ip) => [ip.address, ip.interface]), [["127.0.0.1/8", 0], ["::1/128", 0]]);
});

Deno.test("ADD: a prevResult is passed on", () => {
  const prevResult = dualStack();
  const result = plugin.add(new FakeHost(), CONFIG, { prevResult });
  assertEquals(result.ips.map((ip) => ip.address), ["10.1.0.5/16", "fd00:1::5/64"]);
});

Deno.test("ADD: another address on lo is refused", () => {
  const host = new FakeHost();
  host.network.link("container", "lo").addresses.push("10.0.0.1/32");
  assert(failureOf(() => plugin.add(host, CONFIG)).message.includes("10.0.0.1/32"));
});

Deno.test("CHECK: lo is up; DEL: takes it down, and needs no namespace", () => {
  const host = new FakeHost();
  assertEquals(failureOf(() => plugin.check(host, CONFIG)).code, 100);
  plugin.add(host, CONFIG);
  plugin.check(host, CONFIG);
  plugin.del(host, CONFIG);
  assert(!host.network.link("container", "lo").up);
  host.network.hasContainer = false;
  plugin.del(host, CONFIG, { hasNetns: false });
  plugin.status(host, CONFIG);
});

Deno.test("whichever host call fails, an error says so", () => {
  const host = () => new FakeHost();
  assertEveryFailureIsAnError({ plugin, host, run: (p, one) => p.add(one, CONFIG) });
  assertEveryFailureIsAnError({ plugin, host, run: (p, one) => p.del(one, CONFIG) });
});
