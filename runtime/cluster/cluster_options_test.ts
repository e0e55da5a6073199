import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readClusterOptions } from "./cluster_options.ts";

function withFile<T>(content: string, run: (path: string) => T): T {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, content);
    return run(path);
  } finally {
    Deno.removeSync(path);
  }
}

const read = (content: unknown, env: Record<string, string> = {}) =>
  withFile(
    typeof content === "string" ? content : JSON.stringify(content),
    (path) => readClusterOptions(path, (name) => env[name]),
  );

Deno.test("what is left out has defaults", () => {
  const store = { type: "etcd", endpoints: ["http://127.0.0.1:2379"] };
  assertEquals(read({ store }, { NODE_NAME: "node-1" }), {
    node: "node-1",
    store,
    subnetFile: "/run/flannel/subnet.env",
    ipMasq: true,
    checksumOffload: "auto",
    compareSeconds: 60,
  });
  assertEquals(read({ store, node: "a" }, { NODE_NAME: "node-1" }).node, "a");
});

for (
  const [what, content, part] of [
    ["no JSON", "{", "it is no JSON"],
    ["no store", {}, '"store"'],
    ["a store of an unknown type", { store: { type: "zookeeper" } }, '"store.type"'],
    ["a store without what it needs", { store: { type: "etcd" } }, '"store.endpoints"'],
    ["a key that is none", { store: { type: "etcd" }, iface: "eth0" }, '"iface"'],
    ["an address that is none", { store: { type: "etcd" }, publicIp: "10.0.0" }, '"publicIp"'],
    ["an address of the other family", { store: { type: "etcd" }, publicIpv6: "10.0.0.1" }, '"publicIpv6"'],
    ["an interval that is none", { store: { type: "etcd" }, compareSeconds: 0 }, '"compareSeconds"'],
  ] as const
) {
  Deno.test(`${what} is refused, and the key is named`, () => {
    const error = assertThrows(() => read(content), Error, "Cannot use the cluster's configuration");
    assertStringIncludes((error as Error).message, part);
  });
}

Deno.test("a file that is not there is named", () => {
  assertThrows(() => readClusterOptions("/nowhere/cluster.json", () => undefined), Error, "/nowhere/cluster.json");
});
