// Who may use etcd: certificates, users and their permissions.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { CertificateAuthority, whyNoCertificates } from "../../../../test/lab/certificates.ts";
import { StoreError } from "../store.ts";
import { Watching } from "../watching.ts";
import { EtcdSite, etcdTest, published } from "./testing.ts";

const { signal } = new AbortController();
const why = await whyNoCertificates();

/** A client that is refused has a timer left for some seconds: gRPC's pool of connections. */
function accessTest(name: string, needs: string | undefined, run: () => Promise<void>): void {
  const test = etcdTest(needs === undefined ? name : `${name} (skipped: ${needs})`);
  Deno.test({
    ...test,
    ignore: test.ignore || needs !== undefined,
    fn: run,
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

const errorOf = async (promise: Promise<unknown>) => await assertRejects(() => promise, StoreError) as StoreError;

accessTest("etcd: over TLS, each side with a certificate", why, async () => {
  await using authority = await CertificateAuthority.create();
  await using stranger = await CertificateAuthority.create();
  const { ca } = authority;
  const [server, client] = [await authority.issue("server"), await authority.issue("client")];
  const pem = (path: string) => Buffer.from(Deno.readFileSync(path));
  const credentials = { rootCertificate: pem(ca), privateKey: pem(client.key), certChain: pem(client.cert) };
  await using site = await EtcdSite.create(undefined, { tls: { ca, ...server } }, { credentials });

  const store = site.store({}, { ca, ...client });
  const own = await store.acquire(
    { node: "n1", publicIp: "192.0.2.1", earlier: [] },
    await store.network(signal),
    signal,
  );
  await store.publish(own, published(own, "192.0.2.1"), signal);
  await using watch = new Watching(store);
  await watch.nextOf("all");
  assertEquals(watch.nodes.size, 1);

  const other = await stranger.issue("other");
  for (const [what, files] of [["no certificate", { ca }], ["another's certificate", { ca, ...other }]] as const) {
    const error = await errorOf(site.store({}, files).network(signal));
    assertEquals(error.kind, "unreachable", what);
  }
  const untrusted = await errorOf(site.store({}, { ca: stranger.ca, ...client }).network(signal));
  assert(/certificate|UnknownIssuer/i.test(untrusted.message), untrusted.message);
  const missing = await errorOf(site.store({}, { ca: "/nowhere/ca.pem" }).network(signal));
  assertEquals([missing.kind, missing.message.startsWith("Cannot read /nowhere/ca.pem")], ["invalid", true]);
});

accessTest(
  "etcd: a user with a role of Flannel's keys; and after etcd has forgotten its token",
  undefined,
  async () => {
    await using site = await EtcdSite.create();
    const { client } = site;
    const root = client.user("root");
    await root.create("secret");
    await client.role("root").create();
    await root.addRole("root");
    const role = client.role("flannel");
    await role.create();
    await role.grant({ permission: "Readwrite", range: client.range({ prefix: "/coreos.com/network/" }) });
    const user = client.user("flannel");
    await user.create("pass");
    await user.addRole("flannel");
    await client.auth.authEnable();

    const store = site.store({}, { user: "flannel", password: "pass" });
    const network = await store.network(signal);
    const own = await store.acquire({ node: "n1", publicIp: "192.0.2.1", earlier: [] }, network, signal);
    await using watch = new Watching(store);
    await watch.nextOf("all");
    await site.server.kill();
    await watch.nextOf("unreachable");
    await site.server.restart();
    await watch.nextOf("reachable");
    await store.publish(own, published(own, "192.0.2.1"), signal);
    await watch.nextOf("set");

    const wrong = await errorOf(site.store({}, { user: "flannel", password: "no" }).network(signal));
    assertEquals(wrong.kind, "refused", wrong.message);
    const nobody = await errorOf(site.store().network(signal));
    assertEquals(nobody.kind, "refused", nobody.message);
    const elsewhere = site.store({}, { user: "flannel", password: "pass", prefix: "/other" });
    const denied = await errorOf(elsewhere.network(signal));
    assertEquals(denied.kind, "refused", denied.message);
  },
);
