import { assertEquals, assertRejects } from "@std/assert";
import type { ClusterStatus } from "../../cluster/status.ts";
import { CommandFailure, recordedOutput } from "../output.ts";
import { status, statusLine, statusLines } from "./status.ts";

const FOUND: ClusterStatus = {
  node: "node-1",
  store: { kind: "etcd", where: "http://192.0.2.1:2379" },
  backend: "vxlan",
  families: [{
    family: "ipv4",
    subnet: "10.244.1.0/24",
    publicIp: "192.0.2.11",
    underlay: "eth0",
    device: "flannel.1",
    podMtu: 1450,
  }],
  leaseExpiresAt: 3_600_000,
  peers: [
    { name: "b", family: "ipv4", subnet: "10.244.2.0/24", publicIp: "192.0.2.12", state: "connected" },
    {
      name: "a",
      family: "ipv4",
      subnet: "10.244.3.0/24",
      publicIp: "192.0.2.13",
      state: "ignored",
      why: "Cannot reach node a\u0007",
    },
  ],
  repairs: 2,
  repaired: 5,
};

Deno.test("each peer has a line, with its state and why", () => {
  assertEquals(statusLines(FOUND, 0), [
    "node       node-1",
    "store      etcd http://192.0.2.1:2379",
    "           reachable",
    "backend    vxlan",
    "subnets    10.244.1.0/24 by flannel.1 over eth0 (192.0.2.11), pods' MTU 1450",
    "lease      ends in 60 minutes, if it is not renewed",
    "repairs    2, of 5 things",
    "",
    "PEER  SUBNET         ADDRESS     STATE      WHY",
    "a     10.244.3.0/24  192.0.2.13  ignored    Cannot reach node a\\u{7}",
    "b     10.244.2.0/24  192.0.2.12  connected",
  ]);
});

Deno.test("the line for an issue says all that matters, and no addresses of nodes", () => {
  assertEquals(
    statusLine(FOUND, "1.2.3"),
    "cnidaria 1.2.3: vxlan, 10.244.1.0/24 mtu 1450, etcd reachable, " +
      "peers 1 connected, 1 ignored, 0 failed, 2 repairs",
  );
});

Deno.test("a node that waits says what for", () => {
  const { backend: _, leaseExpiresAt: _end, ...rest } = FOUND;
  const waiting = {
    ...rest,
    families: [],
    peers: [],
    waitsFor: "no route",
    store: { ...FOUND.store, unreachable: "refused" },
  };
  assertEquals(statusLines(waiting, 0).slice(0, 7), [
    "node       node-1",
    "           waits: no route",
    "store      etcd http://192.0.2.1:2379",
    "           unreachable: refused",
    "backend    none yet",
    "subnets    none",
    "lease      does not end by time",
  ]);
});

/** An agent on a port of its own. */
async function asked(answer: Response, options: { line?: boolean; json?: boolean } = {}) {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => answer);
  const output = recordedOutput();
  const http = `127.0.0.1:${server.addr.port}`;
  return { code: await status({ http, line: false, ...options }, output), out: output.out };
}

Deno.test("an agent is asked; the exit code says whether all is well", async () => {
  const { code, out } = await asked(Response.json(FOUND), { json: true });
  assertEquals([code, JSON.parse(out.join("\n"))], [1, FOUND]);
  const well = { ...FOUND, peers: FOUND.peers.slice(0, 1) };
  assertEquals((await asked(Response.json(well), { line: true })).code, 0);
});

Deno.test("an agent without overlay, and none at all, are told apart", async () => {
  await assertRejects(() => asked(new Response("no", { status: 404 })), CommandFailure, "--cluster");
  await assertRejects(
    () => status({ http: "/nowhere/http.sock", line: false }, recordedOutput()),
    CommandFailure,
    "Cannot ask the agent at /nowhere/http.sock",
  );
});
