import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { networkOf } from "../../plugins/sdk/address.ts";
import { staleWit } from "../../plugins/sdk/build/cargo.ts";
import {
  assertEveryFailureIsAnError,
  dualStack,
  failureOf,
  FakeHost,
  type LoadedPlugin,
  loadPlugin,
} from "../../plugins/sdk/testing/mod.ts";
import { run } from "../../test/lab/command.ts";
import { prepareCargo, rustMissing, rustTest } from "../../test/lab/rust.ts";

const FOLDER = new URL(".", import.meta.url).pathname;

prepareCargo();
// Looked at before the build, which would write what is missing.
const stale = await staleWit(FOLDER, JSON.parse(await Deno.readTextFile(`${FOLDER}plugin.json`)));

const V4 = { dst: "10.20.0.0/16", gw: "10.1.0.254", mtu: 1400 };
const V6 = { dst: "fd00:20::/48", gw: "fd00:1::9", priority: 7 };
const CONFIG = { routes: [V4, V6] };
const ADDED = [
  "container: route 10.20.0.0/16 via 10.1.0.254 dev eth0",
  "container: route fd00:20::/48 via fd00:1::9 dev eth0",
];

/** A host after `bridge` has attached the container, and what that has answered. */
function attached() {
  const host = new FakeHost();
  host.network.addLink("container", "eth0", "veth", { up: true });
  const result = dualStack();
  for (const { address } of result.ips) {
    host.network.routes("container").push({ dst: networkOf(address), link: "eth0", onlink: false });
  }
  const prevResult = { ...result, interfaces: [{ name: "eth0", sandbox: { tag: "container" as const } }] };
  const routes = () => host.dump().filter((line) => line.includes(" via "));
  return { host, at: { prevResult }, routes };
}

Deno.test("wit/ is the contract, and the world of plugin.json", () => {
  assertEquals(stale, [], "run: deno task plugin:build examples/pod-routes");
});

Deno.test({
  ...rustTest("cargo test"),
  fn: async () => {
    const argv = ["cargo", "test", "--release", "--locked"];
    const { code, stdout, stderr } = await run(argv, { cwd: FOLDER, limit: 240_000 });
    assertEquals(code, 0, stdout + stderr);
  },
});

for (const engine of rustMissing() === undefined ? ["wasmtime", "v8"] as const : []) {
  tests(engine, await loadPlugin(FOLDER, engine));
}

function tests(engine: string, plugin: LoadedPlugin): void {
  Deno.test(`${engine}: the component imports what its plugin.json names, and the types of that`, () => {
    assertEquals(plugin.imports, ["log", "notes", "routes", "types"]);
  });

  Deno.test(`${engine}: ADD adds the routes, and hands the result on with them`, () => {
    const { host, at, routes } = attached();
    const result = plugin.add(host, CONFIG, at);
    assertEquals(routes(), ADDED);
    const [first, second] = host.network.routes("container").slice(2);
    assertEquals([first?.mtu, first?.priority, second?.mtu, second?.priority], [1400, undefined, undefined, 7]);
    assertEquals(result.ips, at.prevResult.ips);
    assertEquals(result.routes.map(({ dst, gw }) => [dst, gw]), [
      ["0.0.0.0/0", undefined],
      ["::/0", undefined],
      [V4.dst, V4.gw],
      [V6.dst, V6.gw],
    ]);
    assertEquals(result.interfaces.map(({ name }) => name), ["eth0"]);
  });

  Deno.test(`${engine}: ADD refuses what cannot work before it changes anything`, () => {
    for (
      const [config, at, words] of [
        [CONFIG, {}, "prevResult is missing"],
        [{ routes: [{ ...V4, gw: "10.9.0.1" }] }, attached().at, "10.9.0.1 is on no network of eth0"],
        [{ routes: [{ ...V4, gw: "10.1.0.5" }] }, attached().at, "the pod's own address"],
        [{ routes: [{ ...V4, dst: "0.0.0.0/0" }] }, attached().at, "the default route"],
        [{}, attached().at, "missing field `routes`"],
      ] as const
    ) {
      const { host } = attached();
      const failure = failureOf(() => plugin.add(host, config, at));
      assertEquals([failure.code, host.callNames()], [7, []], failure.message);
      assertStringIncludes(failure.message, words);
    }
  });

  Deno.test(`${engine}: a route that the pod has already is an error, and the DEL after it leaves that route`, () => {
    const { host, at, routes } = attached();
    host.network.routes("container").push({ dst: V4.dst, gateway: "10.1.0.1", link: "eth0", onlink: false });
    const failure = failureOf(() => plugin.add(host, CONFIG, at));
    assertMatch(
      failure.message,
      /^Cannot add the route to 10\.20\.0\.0\/16 via 10\.1\.0\.254 to eth0 of container pod1/,
    );
    // The host has undone what the ADD did, its note included.
    host.notes.clear();
    plugin.del(host, CONFIG, at);
    assertEquals(routes(), ["container: route 10.20.0.0/16 via 10.1.0.1 dev eth0"]);
  });

  Deno.test(`${engine}: CHECK finds a route that is gone, and one that leads elsewhere`, () => {
    const { host, at } = attached();
    plugin.add(host, CONFIG, at);
    plugin.check(host, CONFIG, at);
    const routes = host.network.routes("container");
    routes.find((route) => route.dst === V4.dst)!.gateway = "10.1.0.1";
    routes.splice(routes.findIndex((route) => route.dst === V6.dst), 1);
    const { code, message } = failureOf(() => plugin.check(host, CONFIG, at));
    assertEquals(code, 100);
    assertStringIncludes(message, "the route to 10.20.0.0/16 via 10.1.0.254 is another one: via 10.1.0.1 by eth0");
    assertStringIncludes(message, "the route to fd00:20::/48 via fd00:1::9 is gone");
  });

  Deno.test(`${engine}: DEL removes what the ADD made, again and again, and with the pod gone`, () => {
    const { host, at, routes } = attached();
    plugin.add(host, CONFIG, at);
    for (let times = 2; times > 0; times--) {
      plugin.del(host, CONFIG, at);
      assertEquals(routes(), []);
    }
    plugin.del(host, CONFIG, { ...at, hasNetns: false });
    plugin.del(attached().host, CONFIG, at);
  });

  Deno.test(`${engine}: twice in one chain, each DEL removes what is left of both`, () => {
    const { host, at, routes } = attached();
    const [first, second] = [{ routes: [V4] }, { routes: [V6] }];
    plugin.add(host, second, { prevResult: plugin.add(host, first, at) });
    assertEquals(routes(), ADDED);
    for (const config of [second, first]) plugin.del(host, config, at);
    assertEquals(routes(), []);
  });

  Deno.test(`${engine}: DEL removes what it can before it fails`, () => {
    const { host, at, routes } = attached();
    plugin.add(host, CONFIG, at);
    host.failOn("routes.remove");
    assertMatch(failureOf(() => plugin.del(host, CONFIG, at)).message, /^Cannot remove the route to 10\.20\.0\.0\/16/);
    assertEquals(routes(), ADDED.slice(0, 1));
  });

  Deno.test(`${engine}: GC has nothing to do; STATUS refuses a configuration that no ADD could use`, () => {
    const host = new FakeHost();
    plugin.gc(host, CONFIG, []);
    plugin.status(host, CONFIG);
    const failure = failureOf(() => plugin.status(host, { routes: [{ ...V4, mtu: 12 }] }));
    assertStringIncludes(failure.message, "routes[0].mtu: 12 is less than 68");
    assertEquals(host.callNames(), []);
  });

  Deno.test(`${engine}: every failure of the host reaches the runtime as an error`, () => {
    const { at } = attached();
    assertEveryFailureIsAnError({
      plugin,
      host: () => attached().host,
      run: (plugin, host) => plugin.add(host, CONFIG, at),
    });
    const whenAdded = () => {
      const { host } = attached();
      plugin.add(host, CONFIG, at);
      host.calls.length = 0;
      return host;
    };
    assertEveryFailureIsAnError({ plugin, host: whenAdded, run: (plugin, host) => plugin.check(host, CONFIG, at) });
    assertEveryFailureIsAnError({ plugin, host: whenAdded, run: (plugin, host) => plugin.del(host, CONFIG, at) });
  });
}
