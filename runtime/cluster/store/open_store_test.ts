import { assertEquals, assertRejects } from "@std/assert";
import { checkStoreOptions, openStore } from "./open_store.ts";

Deno.test("each engine, from its part of the configuration", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const config =
      "{current-context: x, contexts: [{name: x, context: {cluster: x, user: x}}], clusters: [{name: x, cluster: {server: 'http://127.0.0.1:1'}}], users: [{name: x, user: {}}]}";
    await Deno.writeTextFile(`${directory}/config`, config);
    for (
      const [options, where] of [
        [{ type: "static", directory: `${directory}/` }, directory],
        [{ type: "kubernetes", kubeconfig: `${directory}/config`, networkConfigFile: "/x" }, "http://127.0.0.1:1"],
        [{ type: "etcd", endpoints: ["http://a:2379", "http://b:2379"] }, "http://a:2379,http://b:2379"],
      ] as const
    ) {
      await using store = await openStore(options);
      assertEquals([store.kind, store.where], [options.type, where]);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the prefix is Flannel's where none is given", () => {
  const options = checkStoreOptions({ type: "etcd", endpoints: ["http://a:2379"] });
  assertEquals(options.type === "etcd" && options.prefix, "/coreos.com/network");
});

const etcd = { type: "etcd", endpoints: ["https://a:2379"] };
for (
  const [name, options, words] of [
    ["no type", {}, '"store.type"'],
    ["another type", { type: "consul" }, '"store.type"'],
    ["no endpoints", { type: "etcd", endpoints: [] }, '"store.endpoints"'],
    ["an endpoint without scheme", { type: "etcd", endpoints: ["a:2379"] }, '"store.endpoints.0"'],
    ["two schemes", { type: "etcd", endpoints: ["http://a:1", "https://b:1"] }, '"store.endpoints"'],
    ["TLS over http", { type: "etcd", endpoints: ["http://a:1"], ca: "/x" }, "https://"],
    ["a certificate without key", { ...etcd, cert: "/x" }, '"store.cert"'],
    ["a user without password", { ...etcd, user: "root" }, '"store.user"'],
    ["a prefix with a slash behind", { ...etcd, prefix: "/a/" }, '"store.prefix"'],
    ["a key that is unknown", { ...etcd, tls: true }, '"store.tls"'],
    ["no network file", { type: "kubernetes" }, '"store.networkConfigFile"'],
    ["no directory", { type: "static" }, '"store.directory"'],
  ] as const
) {
  Deno.test(`refused, with the key: ${name}`, async () => {
    await assertRejects(() => openStore(options), Error, words);
  });
}
