// Plugins by way of a real registry, Debian's docker-registry: plain, with TLS by an own authority, and with users.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Site } from "../../runtime/cli/distribution/testing/site.ts";
import { writeKeys } from "../../runtime/cli/distribution/testing/keys.ts";
import { CertificateAuthority, whyNoCertificates } from "../lab/certificates.ts";
import { Registry, registryMissing, type RegistryStart, USER } from "../lab/registry.ts";

const why = registryMissing();
const whyNoTls = why ?? await whyNoCertificates();

function registryTest(name: string, body: (site: Site, registry: Registry) => Promise<void>, how: RegistryStart = {}) {
  Deno.test({
    name: why === undefined ? name : `${name} (skipped: ${why})`,
    ignore: why !== undefined,
    fn: async () => {
      await using registry = await Registry.start(how);
      await using site = await Site.create();
      await body(site, registry);
    },
  });
}

registryTest("a plugin goes into a registry and comes back, byte for byte, and may not run", async (site, { host }) => {
  const reference = `${host}/team/guest:1.0`;
  const pushed = await site.run("push", "guest", reference, "--plain-http");
  assertEquals([pushed.code, pushed.err], [0, ""]);
  assertMatch(pushed.out, /^sha256:[0-9a-f]{64}$/);
  assertEquals((await site.run("push", `${site.installation.folder}/`, reference, "--plain-http")).out, pushed.out);
  const pulled = await site.run("pull", reference, "--plain-http", "--out", `${site.directory}/out`);
  assertEquals([pulled.code, pulled.err], [0, ""]);
  assertEquals(pulled.out, `guest 1.0  ${pushed.out}\n${site.directory}/out/guest`);
  for (const name of ["plugin.wasm", "plugin.json"]) {
    const [before, after] = [site.installation.folder, `${site.directory}/out/guest`].map((folder) =>
      Deno.readFileSync(`${folder}/${name}`)
    );
    assertEquals(after, before);
  }
  // What was pulled is the same artifact when it is pushed again.
  const again = await site.run("push", `${site.directory}/out/guest`, `${host}/other:1`, "--plain-http");
  assertEquals(again.out, pushed.out);
  await Deno.remove(site.installation.folder, { recursive: true });
  const installed = await site.run("pull", reference, "--plain-http", "--install");
  assertStringIncludes(installed.out, "`cnidaria plugin allow guest` shows what it may do and lets it run");
  const [row] = JSON.parse((await site.run("list", "--json")).out);
  assertEquals([row.name, row.state], ["guest", "not-allowed"]);
});

registryTest("a pinned digest is what comes, or nothing does", async (site, { host }) => {
  const first = (await site.run("push", "guest", `${host}/guest:1`, "--plain-http")).out;
  await site.installation.writeManifest({ version: "2.0", description: "" });
  const second = (await site.run("push", "guest", `${host}/guest:1`, "--plain-http")).out;
  assert(first !== second);
  const out = ["--plain-http", "--out", `${site.directory}/out`];
  assertEquals((await site.run("pull", `${host}/guest@${first}`, ...out)).code, 0);
  assertEquals(JSON.parse(Deno.readTextFileSync(`${site.directory}/out/guest/plugin.json`)).version, "1.0");
  const taken = await site.run("pull", `${host}/guest:1`, "--digest", second, ...out);
  assertEquals([taken.code, taken.err], [
    1,
    `Cannot write ${site.directory}/out/guest as something else is there: --force replaces it`,
  ]);
  assertEquals((await site.run("pull", `${host}/guest:1`, "--digest", second, "--force", ...out)).code, 0);
  assertEquals(JSON.parse(Deno.readTextFileSync(`${site.directory}/out/guest/plugin.json`)).version, "2.0");
  const missing = await site.run("pull", `${host}/guest@sha256:${"0".repeat(64)}`, ...out);
  assertMatch(missing.err, /has no sha256:0+$/);
  assertEquals(site.list("out"), ["guest"]);
});

registryTest("what a registry has spoilt is refused, and leaves nothing", async (site, registry) => {
  const { host } = registry;
  const { out: digest } = await site.run("push", "guest", `${host}/guest:1`, "--plain-http");
  const { layers: [layer] } = JSON.parse(Deno.readTextFileSync(registry.blobFile(digest)));
  const file = registry.blobFile(layer.digest);
  const bytes = Deno.readFileSync(file);
  bytes[7]! ^= 1;
  Deno.writeFileSync(file, bytes);
  const out = ["--plain-http", "--out", `${site.directory}/out`];
  const spoilt = await site.run("pull", `${host}/guest:1`, ...out);
  assertEquals(spoilt.code, 1);
  assertMatch(spoilt.err, /^Cannot use a layer of .*, as its digest is sha256:\w+ instead of sha256:\w+$/);
  Deno.writeTextFileSync(registry.blobFile(digest), Deno.readTextFileSync(registry.blobFile(digest)) + " ");
  const other = await site.run("pull", `${host}/guest@${digest}`, ...out);
  assertEquals([other.code, site.list("out")], [1, []]);
});

registryTest("signatures: of several keys, verified by each; another key is refused", async (site, { host }) => {
  const [ecdsa, ed25519, stranger] = (["P-256", "ed25519", "P-256"] as const).map((it) =>
    writeKeys(site.directory, it)
  );
  const reference = `${host}/guest:1`;
  const out = ["--plain-http", "--out", `${site.directory}/out`];
  await site.run("push", "guest", reference, "--plain-http");
  const unsigned = await site.run("pull", reference, ...out, "--verify", ecdsa!.public);
  assertEquals([unsigned.code, unsigned.err], [1, `Cannot trust ${reference} as it has no signature`]);
  for (const key of [ecdsa!, ed25519!]) {
    assertEquals((await site.run("push", "guest", reference, "--plain-http", "--sign", key.private)).code, 0);
  }
  const refused = await site.run("pull", reference, ...out, "--verify", stranger!.public);
  assertEquals([refused.code, refused.err], [
    1,
    `Cannot trust ${reference} as none of its signatures is of that key`,
  ]);
  assertEquals(site.list("out"), []);
  for (const key of [ecdsa!, ed25519!]) {
    const pulled = await site.run("pull", reference, ...out, "--verify", key.public);
    assertEquals([pulled.code, pulled.err], [0, ""]);
    assertMatch(pulled.out, /signature verified$/m);
  }
});

registryTest("a registry that asks who we are", async (site, { host }) => {
  const push = () => site.run("push", "guest", `${host}/guest:1`, "--plain-http");
  const none = await push();
  assertEquals(none.code, 1);
  assertMatch(none.err, /asks for a user and password \(401\): `auths` in .*config\.json has no user and password for/);
  await site.logIn(host, USER.user, "wrong");
  assertMatch((await push()).err, /refuses user somebody of .*config\.json \(401\)$/);
  await site.logIn(`https://${host}/v2/`, USER.user, USER.password);
  const pushed = await push();
  assertEquals([pushed.code, pushed.err], [0, ""]);
}, { asks: true });

registryTest("mirrors come first; one that cannot give it is passed over", async (site, { host }) => {
  await site.run("push", "guest", `${host}/cache/team/guest:1`, "--plain-http");
  const out = ["--out", `${site.directory}/out`];
  const closed = await Registry.start().then(async (it) => {
    await it[Symbol.asyncDispose]();
    return it.host;
  });
  const mirrored = ["--mirror", `nowhere.invalid=http://${closed}`, "--mirror", `nowhere.invalid=http://${host}/cache`];
  const pulled = await site.run("pull", "nowhere.invalid/team/guest:1", ...out, ...mirrored);
  assertEquals(pulled.code, 0, pulled.err);
  assertMatch(
    pulled.err,
    /^Mirror passed over: Cannot get the manifest 1 from 127\.0\.0\.1:\d+\/team\/guest: Connection refused/,
  );
  const gone = await site.run("pull", "nowhere.invalid/team/other:1", ...out, ...mirrored);
  assertEquals(gone.code, 1);
  assertMatch(gone.err, /Cannot get the manifest 1 from nowhere\.invalid\/team\/other: /);
});

registryTest("a mirror without the signature is passed over", async (site, { host }) => {
  const keys = writeKeys(site.directory, "P-256");
  await site.run("push", "guest", `${host}/cache/team/guest:1`, "--plain-http");
  await site.run("push", "guest", `${host}/team/guest:1`, "--plain-http", "--sign", keys.private);
  const mirrored = ["--plain-http", "--mirror", `${host}=http://${host}/cache`, "--verify", keys.public];
  const pulled = await site.run("pull", `${host}/team/guest:1`, ...mirrored, "--out", `${site.directory}/out`);
  assertEquals([pulled.code, pulled.err], [
    0,
    `Mirror passed over: Cannot trust ${host}/cache/team/guest:1 as it has no signature`,
  ]);
});

registryTest("a registry without TLS is told from one with it", async (site, { host }) => {
  const asked = await site.run("pull", `${host}/guest:1`, "--out", `${site.directory}/out`);
  assertMatch(
    asked.err,
    /: it does not speak TLS: --plain-http is for registries without it, and http:\/\/ for such mirrors$/,
  );
});

Deno.test({
  name: whyNoTls === undefined ? "TLS by an own authority" : `TLS by an own authority (skipped: ${whyNoTls})`,
  ignore: whyNoTls !== undefined,
  fn: async () => {
    await using authority = await CertificateAuthority.create();
    await using registry = await Registry.start({ tls: await authority.issue("registry") });
    await using site = await Site.create();
    const reference = `${registry.host}/guest:1`;
    const stranger = await site.run("push", "guest", reference);
    assertEquals(stranger.code, 1);
    assertMatch(stranger.err, /UnknownIssuer: --ca FILE names its certificate authority$/);
    const pushed = await site.run("push", "guest", reference, "--ca", authority.ca);
    assertEquals(pushed.code, 0, pushed.err);
    Deno.env.set("SSL_CERT_FILE", authority.ca);
    const pulled = await site.run("pull", reference, "--out", `${site.directory}/out`);
    assertEquals(pulled.code, 0, pulled.err);
    const none = await site.run("pull", reference, "--out", `${site.directory}/out`, "--ca", "/nonexistent");
    assertMatch(none.err, /^Cannot use \/nonexistent as a certificate authority: /);
  },
});
