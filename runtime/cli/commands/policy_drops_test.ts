import { assertEquals, assertRejects } from "@std/assert";
import type { NumberedDrop } from "../../policy/drops/drop_ring.ts";
import { CommandFailure, recordedOutput } from "../output.ts";
import { policyDrops } from "./policy_drops.ts";

const DROPS: NumberedDrop[] = [
  {
    number: 3,
    at: 0,
    source: "10.1.0.5",
    sourcePod: "shop/web",
    destination: "10.1.0.6",
    destinationPod: "shop/db",
    protocol: "tcp",
    sourcePort: 40000,
    destinationPort: 5432,
    rule: "isolated by NetworkPolicy shop/db",
  },
  { number: 4, at: 1000, source: "fd00::1", destination: "fd00::2", protocol: "icmpv6", type: 128, rule: "in 3" },
];

/** An agent on a port of its own, that has dropped these; asked until it has answered so often. */
async function asked(drops: NumberedDrop[], options: { json?: boolean; follow?: boolean } = {}, answers = 1) {
  const enough = new AbortController();
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, ({ url }) => {
    if (++asked === answers) enough.abort();
    const after = Number(new URL(url).searchParams.get("after"));
    // One more has come each time that it is asked.
    return Response.json({ drops: drops.slice(0, options.follow ? asked : 9).filter(({ number }) => number > after) });
  });
  const output = recordedOutput();
  const http = `127.0.0.1:${server.addr.port}`;
  await policyDrops({ http, follow: false, ...options }, output, enough.signal, 1);
  return output.out;
}

Deno.test("drops are told with pods, ports and the rule", async () => {
  assertEquals(await asked(DROPS), [
    "TIME                      FROM                 TO                  PORT             RULE",
    "1970-01-01T00:00:00.000Z  shop/web (10.1.0.5)  shop/db (10.1.0.6)  tcp 5432         isolated by NetworkPolicy shop/db",
    "1970-01-01T00:00:01.000Z  fd00::1              fd00::2             icmpv6 type 128  in 3",
  ]);
  assertEquals(await asked([]), ["no packet was dropped and logged"]);
  assertEquals(JSON.parse((await asked(DROPS, { json: true })).join("")), DROPS);
});

Deno.test("who follows is told each once, as it comes", async () => {
  const lines = await asked(DROPS, { follow: true, json: true }, 4);
  assertEquals(lines.map((line) => JSON.parse(line).number), [3, 4]);
  assertEquals((await asked(DROPS, { follow: true }, 2)).at(-1)?.split("  ").slice(1), [
    "fd00::1",
    "fd00::2",
    "icmpv6 type 128",
    "in 3",
  ]);
});

Deno.test("an agent without policies, and none at all, are told apart", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("no", { status: 404 }),
  );
  const without = policyDrops({ http: `127.0.0.1:${server.addr.port}`, follow: false }, recordedOutput());
  await assertRejects(() => without, CommandFailure, "enforces no network policies: start it with --policy FILE");
  await assertRejects(
    () => policyDrops({ http: "/nowhere/http.sock", follow: false }, recordedOutput()),
    CommandFailure,
    "Cannot ask the agent at /nowhere/http.sock as client error (Connect): No such file or directory",
  );
});
