import { assertEquals, assertStringIncludes } from "@std/assert";
import { logCall } from "../../plugin/call_log.ts";
import { Trace } from "../../plugin/trace.ts";
import { main } from "../main.ts";
import { recordedOutput } from "../output.ts";
import { callLines } from "./trace.ts";

function example(containerId: string, ifname = "eth0"): Trace["data"] {
  const trace = new Trace();
  Object.assign(trace.data, {
    command: "ADD",
    plugins: ["bridge"],
    engine: "wasmtime",
    at: "2026-11-25T10:00:00.000Z",
  });
  trace.data.attachment = { network: "net", containerId, ifname };
  const outer = trace.hostCall("bridge", "ipam.add", ["{}"]);
  trace.hostCall("host-local", "leases.acquire", [{ index: 0 }])({ result: { address: "10.0.0.2" } });
  outer({ result: { ips: [] } });
  trace.hostCall("bridge", "links.createVeth", [{ peerName: "eth0" }])({ error: "exists: it exists" });
  trace.undone({ kind: "lease-acquired", store: "", address: "10.0.0.2", sequence: 1 }, 0.2);
  trace.data.error = { code: 100, message: "Cannot connect" };
  return trace.data;
}

Deno.test("callLines() has every host call in its order, what was undone, and the end", () => {
  const lines = callLines(example("pod")).map((line) => line.replace(/^ *[\d.]+ ms/, "T"));
  assertEquals(lines, [
    "ADD net/pod/eth0  2026-11-25T10:00:00.000Z  bridge, wasmtime",
    'T  bridge: ipam.add("{}") = {"ips":[]}',
    'T    host-local: leases.acquire({"index":0}) = {"address":"10.0.0.2"}',
    'T  bridge: links.createVeth({"peerName":"eth0"})  failed: exists: it exists',
    'T  undone: {"kind":"lease-acquired","store":"","address":"10.0.0.2","sequence":1}',
    "T  failed with code 100: Cannot connect",
  ]);
});

Deno.test("trace finds calls by the beginning of an id, by interface, the last alone, and as JSON", async () => {
  const dir = await Deno.makeTempDir();
  Deno.env.set("CNIDARIA_STATE", dir);
  const run = async (...args: string[]) => {
    const output = recordedOutput();
    return { code: await main(["trace", ...args], output), ...output };
  };
  try {
    for (const ifname of ["eth0", "net1"]) logCall(dir, example("abcdef", ifname));
    const headings = async (...args: string[]) => (await run(...args)).out.filter((line) => line.startsWith("ADD"));
    assertEquals((await headings("abc")).length, 2);
    assertEquals((await headings("abc/net1")).length, 1);
    assertEquals((await headings("abc", "--last")).length, 1);
    assertEquals((await headings("abc", "--network", "other")).length, 0);
    assertStringIncludes((await run("abc", "--timing")).out.join("\n"), "in host calls");
    assertEquals(JSON.parse((await run("abc", "--json")).out.join("")).length, 2);
    const { code, err } = await run("nobody");
    assertEquals([code, err.join().includes("has nothing of nobody")], [1, true]);
    assertEquals((await run("/eth0")).code, 2);
  } finally {
    Deno.env.delete("CNIDARIA_STATE");
    await Deno.remove(dir, { recursive: true });
  }
});
