import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  type Config,
  errorOf,
  type TestNode,
  testNodes,
} from "../sdk/testing/mod.ts";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL(".", import.meta.url));
const BOTH = { ingressRate: 8_000_000, ingressBurst: 400_000, egressRate: 16_000_000, egressBurst: 160_000 };

/** Lines of the node about limits. */
function limits(node: TestNode): string[] {
  return node.state().filter((line) => /ifb|tbf|police|to bwp/.test(line))
    .map((line) => line.replace(/bwp[0-9a-f]{12}/g, "bwp").replace(/ mac <mac \d+>/, ""));
}

function attached(node: TestNode, options: { mtu?: number } = {}) {
  const pod = node.pod();
  pod.attached({ addresses: ["10.1.0.5/16"], ...options });
  return pod;
}

const LIMITED = [
  "host: <veth 1> veth up mtu 1500 tbf 8 Mbit/s to bwp",
  "host: bwp ifb up mtu 1500 tbf 16 Mbit/s",
];

Deno.test("ADD limits both directions by one host call; the ifb joins the result", async () => {
  using node = newNode();
  const pod = attached(node);
  const before = pod.result!;
  const result = await pod.add(BOTH);
  assertEquals(limits(node), LIMITED);
  assertEquals(node.callNames, ["traffic-control.limit"]);
  const [ifb, ...more] = result.interfaces!.slice(before.interfaces!.length);
  assertMatch(ifb!.name, /^bwp[0-9a-f]{12}$/);
  assertEquals([more, ifb!.sandbox, ifb!.mac!.length], [[], undefined, 17]);
  assertEquals(result.interfaces!.slice(0, -1), before.interfaces);
  assertEquals(result.ips, before.ips);
  await pod.check(BOTH);
});

Deno.test("DEL takes all of it back, twice, also after the pod and its links have gone", async () => {
  using node = newNode();
  const pod = attached(node);
  const before = node.state();
  await pod.add(BOTH);
  await pod.del(BOTH);
  assertEquals(node.state(), before);
  await pod.del(BOTH);
  await pod.add(BOTH);
  pod.end();
  assertEquals(limits(node), ["host: bwp ifb up mtu 1500 tbf 16 Mbit/s"]);
  pod.result = undefined;
  await pod.del(BOTH);
  assertEquals(limits(node), []);
});

Deno.test("one direction alone, and none", async () => {
  using node = newNode();
  const pod = attached(node);
  await pod.add({ ingressRate: 1_500_000, ingressBurst: 400_000 });
  assertEquals(limits(node), ["host: <veth 1> veth up mtu 1500 tbf 1.5 Mbit/s"]);
  await pod.del();
  for (const none of [{}, { ingressRate: 0, egressBurst: 0 }, { runtimeConfig: {} }, { shapedSubnets: [] }]) {
    const before = pod.result!;
    assertEquals((await pod.add(none)).interfaces, before.interfaces);
    assertEquals([limits(node), node.callNames], [[], []]);
    await pod.check(none);
    await pod.del(none);
  }
});

Deno.test("keys of the configuration count, and runtimeConfig where there are none", async () => {
  using node = newNode();
  const pod = attached(node);
  const runtimeConfig = { bandwidth: { ingressRate: 1_000_000, ingressBurst: 2_147_483_647 } };
  const rate = async (config: Config) => {
    await pod.add(config);
    const [line] = limits(node);
    await pod.check(config);
    await pod.del(config);
    pod.result = { ...pod.result!, interfaces: pod.result!.interfaces!.slice(0, 2) };
    return line?.replace(/.* tbf /, "");
  };
  assertEquals(await rate({ runtimeConfig }), "1 Mbit/s");
  assertEquals(await rate({ ingressRate: 8_000_000, runtimeConfig }), "8 Mbit/s");
});

Deno.test("a burst that is not given, or the runtime's for none, is chosen from the rate and the MTU", async () => {
  const bursts: unknown[] = [];
  for (const burst of [undefined, 0, 2_147_483_647, 4_294_967_295, 34_359_738_359, 34_359_738_360, 800_000]) {
    using node = newNode();
    const pod = attached(node, { mtu: 9000 });
    await pod.add({ ingressRate: 8_000_000, ...burst !== undefined && { ingressBurst: burst } });
    const wanted = { ingressRate: 8_000_000, ingressBurst: burst === 800_000 ? burst : 10 * 9014 * 8 };
    await pod.check(wanted);
    const other = await errorOf(pod.check({ ...wanted, ingressBurst: wanted.ingressBurst * 2 }));
    assertMatch(other.message, /lets a burst of \d+ bytes pass to the container, not of/);
    bursts.push(wanted.ingressBurst);
  }
  assertEquals(new Set(bursts).size, 2);
});

Deno.test("without ifb egress is policed, with a burst that the largest packet fits in", async () => {
  using node = newNode();
  node.lacks("ifb");
  await node.status();
  const pod = attached(node);
  const before = node.state();
  const config = { egressRate: 8_000_000, ingressRate: 8_000_000 };
  const { interfaces } = await pod.add(config);
  assertEquals(interfaces!.length, 2);
  assertEquals(limits(node), ["host: <veth 1> veth up mtu 1500 tbf 8 Mbit/s police 8 Mbit/s"]);
  await pod.check(config);
  await pod.check({ ...config, egressBurst: 65_550 * 8 });
  await pod.del(config);
  assertEquals(node.state(), before);
});

Deno.test("CHECK names what has changed, and what is gone", async () => {
  using node = newNode();
  const pod = attached(node);
  await pod.add(BOTH);
  const slower = await errorOf(pod.check({ ...BOTH, egressRate: 4_000_000 }));
  assertEquals(slower.code, 100);
  assertMatch(slower.message, /bwp\w+ \(host\) lets 16 Mbit\/s pass from the container, not 4 Mbit\/s/);
  const { name } = pod.result!.interfaces!.at(-1)!;
  pod.functions.links.delete("host", name);
  const gone = await errorOf(pod.check(BOTH));
  assertMatch(gone.message, new RegExp(`link ${name} \\(host\\) is gone`));
});

Deno.test("STATUS and ADD say what the kernel lacks", async () => {
  for (const part of ["tbf", "ingress", "u32", "mirred"]) {
    using node = newNode();
    node.lacks(part);
    const pod = attached(node);
    const before = node.state();
    const { code, message } = await errorOf(pod.add(BOTH));
    assertEquals(code, 50);
    assertMatch(message, new RegExp(`kernel lacks .*${part}`));
    assertEquals(node.state(), before);
  }
  using node = newNode();
  node.lacks("ifb", "police");
  assertEquals((await errorOf(node.status())).code, 50);
  node.lacks("tbf");
  assertMatch((await errorOf(node.status())).message, /lacks sch_tbf/);
});

Deno.test("what is wrong is refused, and nothing is left", async () => {
  using node = newNode();
  const pod = attached(node);
  const before = node.state();
  const refused = async (config: Config) => {
    const { code, message } = await errorOf(pod.add(config));
    assertEquals([code, node.state()], [7, before]);
    return message;
  };
  assertMatch(await refused({ ingressBurst: 8000 }), /ingressRate must be set where ingressBurst is/);
  assertMatch(await refused({ egressRate: -1 }), /egressRate must be an integer from 0/);
  assertMatch(await refused({ egressRate: 7 }), /egressRate must be 8 or more/);
  assertMatch(await refused({ egressRate: 8, egressBurst: 2 ** 35 }), /egressBurst must be less than 4 GiB/);
  assertMatch(
    await refused({ ...BOTH, unshapedSubnets: ["10.0.0.0/8"] }),
    /unshapedSubnets must be left out, or empty/,
  );
  assertMatch(
    await refused({ runtimeConfig: { bandwidth: { egressRate: "1M" } } }),
    /runtimeConfig.bandwidth.egressRate/,
  );
  pod.result = { ...pod.result!, interfaces: pod.result!.interfaces!.slice(1) };
  assertMatch(await refused(BOTH), /prevResult does not name the other end/);
  pod.result = undefined;
  assertMatch(await refused(BOTH), /prevResult is missing/);
});

Deno.test("a burst too small for a frame is as it is asked for, and the log says so", async () => {
  using node = newNode();
  const pod = attached(node);
  await pod.add({ ingressRate: 8_000_000, ingressBurst: 8000 });
  assert(node.logged.some((line) => line.includes("lets no full frame of")), node.logged.join("\n"));
  await pod.check({ ingressRate: 8_000_000, ingressBurst: 8000 });
});

Deno.test("whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(() => {
    const node = newNode();
    const pod = attached(node);
    return { node, run: () => pod.add(BOTH) };
  });
});

Deno.test("the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
