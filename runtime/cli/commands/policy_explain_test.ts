import { assertEquals, assertRejects } from "@std/assert";
import type { EnforcedPod, EnforcedPolicies } from "../../policy/enforced.ts";
import { toJson } from "../../policy/ruleset_json.ts";
import { tableOf } from "../../policy/testing.ts";
import { CommandFailure, recordedOutput } from "../output.ts";
import { policyExplain } from "./policy_explain.ts";

const pod = (name: string, addresses: string[], local: boolean): EnforcedPod => ({
  namespace: "shop",
  name,
  addresses,
  ports: [{ name: "http", protocol: "TCP", port: 8080 }],
  local,
});
const ENFORCED: EnforcedPolicies = {
  node: "n1",
  addresses: ["192.0.2.1"],
  content: toJson(tableOf({
    egress: { "10.0.0.1": ["NetworkPolicy shop/out egress[0]", "return"], "fd00::1": ["isolated", "drop"] },
    ingress: { "10.0.0.2": ["NetworkPolicy shop/in ingress[1]", "return"] },
  })),
  pods: [
    pod("web", ["10.0.0.1", "fd00::1"], true),
    pod("db", ["10.0.0.2", "fd00::2"], true),
    pod("far", ["10.0.1.1"], false),
    pod("farther", ["10.0.1.2"], false),
  ],
};

async function explained(from: string, to: string, more: { port?: string; protocol?: string; json?: boolean } = {}) {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => Response.json(ENFORCED),
  );
  const output = recordedOutput();
  const http = `127.0.0.1:${server.addr.port}`;
  assertEquals(await policyExplain({ from, to, port: "80", protocol: "tcp", http, ...more }, output), 0);
  return output.out;
}

Deno.test("what the agent has in force is asked: families that differ are told by themselves", async () => {
  assertEquals(await explained("shop/web", "shop/db"), [
    "shop/web to shop/db tcp 80 by IPv4: allowed",
    "  egress   allowed  NetworkPolicy shop/out egress[0]",
    "  ingress  allowed  NetworkPolicy shop/in ingress[1]",
    "shop/web to shop/db tcp 80 by IPv6: denied",
    "  egress   denied   isolated",
    "  ingress  allowed  no policy selects shop/db",
  ]);
});

Deno.test("where one pod is on another node, half of it is said to be half", async () => {
  assertEquals(await explained("shop/web", "shop/far", { port: "http" }), [
    "shop/web to shop/far tcp 8080: allowed by this node",
    "  egress   allowed     NetworkPolicy shop/out egress[0]",
    "  ingress  not judged  shop/far is on another node, whose agent judges this",
    "Only one side was judged: it passes if the other node allows it too.",
  ]);
  await assertRejects(() => explained("shop/far", "shop/farther"), CommandFailure, "neither is a pod of this node");
  const { complete, allowed, port } = JSON.parse((await explained("shop/web", "shop/far", { json: true })).join(""));
  assertEquals([complete, allowed, port], [false, true, 80]);
});

Deno.test("addresses from outside, and of the node itself", async () => {
  const [, , ingress] = await explained("198.51.100.7", "shop/db");
  assertEquals(ingress, "  ingress  allowed     NetworkPolicy shop/in ingress[1]");
  const [verdict, egress] = await explained("192.0.2.1", "shop/db");
  assertEquals(verdict, "192.0.2.1 to shop/db tcp 80: allowed");
  assertEquals(egress, "  egress   not judged  nothing is between a node and its own pods");
});

Deno.test("what cannot be asked is told", async () => {
  await assertRejects(
    () => explained("shop/web", "shop/db", { port: "http", protocol: "udp" }),
    CommandFailure,
    "http is neither a port nor the name that shop/db has for one (udp)",
  );
  await assertRejects(() => explained("shop/web", "fd00::7", { port: "70000" }), CommandFailure, "70000 is neither");
  await assertRejects(() => explained("10.0.0.9", "fd00::7"), CommandFailure, "no address of the same family");
  await assertRejects(() => explained("shop/nobody", "shop/db"), Error, "Cannot find a pod shop/nobody");
});
