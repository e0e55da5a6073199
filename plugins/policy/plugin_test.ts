// The component in both engines answers what the module answers.

import { assert, assertEquals } from "@std/assert";
import type { Change } from "cnidaria:cni/nftables@0.3.0";
import type { Event, Options, PlanPart, Rejection } from "cnidaria:cni/policy@0.3.0";
import { openEngine } from "../../runtime/engine/open_engine.ts";
import { buildPlugin } from "../sdk/build.ts";
import { FakeHost } from "../sdk/testing/fake_host.ts";
import { policy } from "./plugin.ts";
import { networkPolicy, podName } from "./plan/testing.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const INTERFACE = "cnidaria:cni/policy@0.3.0";
const LIMITS = { memoryBytes: 1 << 29, timeMs: 60_000, fuel: 60_000_000_000, hostCalls: 10, valueBytes: 4 << 20 };
const OPTIONS: Options = { logGroup: 7, logPerSecond: 10 };
const WEB = networkPolicy("shop/web");

interface Compiler {
  observe(events: Event[]): Rejection[];
  plan(): PlanPart;
}

function pod(path: string, app: string, address: string): Event {
  const ports = [{ name: "http", protocol: "TCP", port: 8080 }];
  const name = podName(path);
  return { tag: "pod", val: { name, labels: [["app", app]], addresses: [address, "fd00::1"], ports, local: true } };
}

function webPolicy(cidrs: string[]): Event {
  const from = [{ podSelector: { matchLabels: { app: "db" } } }, ...cidrs.map((cidr) => ({ ipBlock: { cidr } }))];
  const spec = { podSelector: { matchLabels: { app: "web" } }, ingress: [{ from, ports: [{ port: "http" }] }] };
  return { tag: "policy", val: { name: WEB, spec: JSON.stringify(spec) } };
}

/** 10,000 networks of which none touches another. */
const MANY = Array.from({ length: 10_000 }, (_, at) => `20.${at >> 7}.${(at & 127) * 2}.0/24`);
const STEPS: Event[][] = [
  [
    { tag: "namespace", val: { name: "shop", labels: [["team", "a"]] } },
    pod("shop/web", "web", "10.0.0.1"),
    { tag: "node", val: { name: "n1", labels: [], addresses: ["192.168.0.1"] } },
    webPolicy(["10.9.0.0/16"]),
  ],
  [pod("shop/db", "db", "10.0.0.2")],
  [webPolicy(MANY)],
  [{ tag: "policy", val: { name: WEB, spec: `{"podSelector":{},"ingress":[{"from":[{"ipBlock":{"cidr":"x"}}]}]}` } }],
  [{ tag: "pod-gone", val: podName("shop/db") }, { tag: "policy-gone", val: WEB }],
];

function allParts({ plan }: Compiler): Change[][] {
  const parts: Change[][] = [];
  for (;;) {
    const { changes, more } = plan();
    parts.push(changes);
    if (!more) return parts;
  }
}

function answers(compiler: Compiler): unknown[] {
  return STEPS.map((events) => ({ rejections: compiler.observe(events), parts: allParts(compiler) }));
}

function expected() {
  policy.start(OPTIONS);
  return answers(policy) as { rejections: Rejection[]; parts: Change[][] }[];
}

for (const choice of ["wasmtime", "v8"] as const) {
  Deno.test(
    `${choice}: the component plans what the module plans`,
    { sanitizeOps: false, sanitizeResources: false },
    async () => {
      const out = `${ROOT}dist/plugins/policy`;
      const { digest } = await buildPlugin(new URL(".", import.meta.url).pathname.replace(/\/$/, ""), out);
      const engine = await openEngine(choice, { libDir: `${ROOT}dist`, cacheDir: `${ROOT}dist/cache` });
      const file = { name: "policy", wasmPath: `${out}/plugin.wasm`, digest, v8Dir: `${out}/v8` };
      const component = await engine.load(file);
      const imports = Object.entries(new FakeHost().imports()).filter(([name]) => component.imports.includes(name));
      const instance = component.instantiate(Object.fromEntries(imports), LIMITS);
      try {
        instance.call(INTERFACE, "start", [OPTIONS]);
        const component: Compiler = {
          observe: (events) => instance.call(INTERFACE, "observe", [events]) as Rejection[],
          plan: () => instance.call(INTERFACE, "plan", []) as PlanPart,
        };
        assertEquals(answers(component), expected());
      } finally {
        instance.close();
        component.close();
        engine.close();
      }
    },
  );
}

Deno.test("a policy that is refused leaves what was in force, and its errors are told", () => {
  const [, , before, refused] = expected();
  assert(before!.parts.flat().length > 0);
  assertEquals(refused!.parts, [[]]);
  assertEquals(refused!.rejections.map(({ name, errors }) => [name, errors[0]!.path]), [
    [WEB, "spec.ingress[0].from[0].ipBlock.cidr"],
  ]);
});

Deno.test("a long list of networks is divided among parts", () => {
  const { parts } = expected()[2]!;
  assert(parts.length > 1, `${parts.length} parts`);
  const keys = parts.flat().flatMap((change) =>
    change.tag === "put-elements" && change.val.set.startsWith("networks4") ? change.val.elements : []
  );
  assertEquals(keys.length, MANY.length);
});
