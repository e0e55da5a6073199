// What a registry may answer, by one that answers as a test wants.

import { assertEquals, assertMatch } from "@std/assert";
import { type Answerer, errorAnswer, FakeRegistry } from "../testing/fake_registry.ts";
import { guestArtifact } from "../testing/guest.ts";
import { type Outcome, Site } from "../testing/site.ts";
import { jsonBlob, MANIFEST_TYPE } from "../blob.ts";

const guest = await guestArtifact();
const layer = guest.blobs[1]!.descriptor;

async function pulled(answer: Answerer, check: (outcome: Outcome, site: Site, registry: FakeRegistry) => void) {
  await using registry = new FakeRegistry(guest, answer);
  await using site = await Site.create();
  const out = `${site.directory}/out`;
  check(await site.run("pull", `${registry.host}/guest:1`, "--plain-http", "--out", out), site, registry);
}

const isBlob = (url: URL) => url.pathname.endsWith(layer.digest);

for (
  const [what, answer, why] of [
    ["401 without a way in", () => errorAnswer(401, "UNAUTHORIZED", "no"), /refuses access, and does not say how/],
    ["403", () => errorAnswer(403, "DENIED", "not you"), /it does not allow that \(HTTP 403\): DENIED not you$/],
    ["404", () => errorAnswer(404, "NAME_UNKNOWN", "none"), /^Cannot get \S+\/guest:1 as \S+\/guest has no 1$/],
    [
      "404 for a blob",
      (_, url) => isBlob(url) ? errorAnswer(404, "BLOB_UNKNOWN", "gone") : undefined,
      /BLOB_UNKNOWN gone$/,
    ],
    ["429", () => errorAnswer(429, "TOOMANYREQUESTS", ""), /it was asked too often: try again later \(HTTP 429\)/],
    ["500 with a page", () => new Response("<html>", { status: 500 }), /it fails: see its own log \(HTTP 500\)$/],
    [
      "an index",
      () => Response.json({}, { headers: { "content-type": "application/vnd.oci.image.index.v1+json" } }),
      /it is no plugin's, but of type application\/vnd\.oci\.image\.index/,
    ],
    [
      "what is no JSON",
      () => new Response("hello", { headers: { "content-type": MANIFEST_TYPE } }),
      /the manifest of .* as it is no JSON$/,
    ],
    ["a manifest without an end", () => new Response(endless()), /it answers with more than 4194304 bytes$/],
    [
      "a blob without an end",
      (_, url) => isBlob(url) ? new Response(endless()) : undefined,
      /it answers with more than \d+ bytes$/,
    ],
    [
      "a blob that is cut",
      (_, url) => isBlob(url) ? new Response(new Uint8Array(3)) : undefined,
      /has 3 bytes instead of 8$/,
    ],
    [
      "another blob",
      (_, url) => isBlob(url) ? new Response(new Uint8Array(8)) : undefined,
      /its digest is sha256:\w+ instead of/,
    ],
    ["redirections without an end", (_, url) => Response.redirect(url), /it redirected more than 5 times$/],
    [
      "a redirection to a file",
      () => new Response(null, { status: 307, headers: { location: "file:///etc/passwd" } }),
      /not encrypted$/,
    ],
  ] as [string, Answerer, RegExp][]
) {
  Deno.test(`pull from a registry that answers ${what}: a clear error, and nothing left`, () =>
    pulled(answer, ({ code, out, err }, site) => {
      assertEquals([code, out, site.list("out")], [1, "", []]);
      assertMatch(err, why);
      assertEquals(err.includes("\n"), false, err);
    }));
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) });
}

Deno.test("a token is got where a registry asks for one, with the user's credentials, and used again", async () => {
  await using registry = new FakeRegistry(guest, (request, url) => {
    if (url.pathname === "/token") {
      const known = request.headers.get("authorization") === `Basic ${btoa("somebody:secret")}`;
      return known ? Response.json({ token: "t0" }) : errorAnswer(401, "UNAUTHORIZED", "who?");
    }
    if (request.headers.get("authorization") === "Bearer t0") return undefined;
    const challenge = `Bearer realm="http://${url.host}/token",service="here",scope="repository:guest:pull"`;
    return errorAnswer(401, "UNAUTHORIZED", "a token", { "www-authenticate": challenge });
  });
  await using site = await Site.create();
  const pull = () => site.run("pull", `${registry.host}/guest:1`, "--plain-http", "--out", `${site.directory}/out`);
  assertMatch(
    (await pull()).err,
    /gives no token for 127\.0\.0\.1:\d+ \(401\): `auths` in .* has no user and password/,
  );
  await site.logIn(registry.host, "somebody", "wrong");
  assertMatch((await pull()).err, /gives user somebody of .*config\.json no token for .* \(401\)$/);
  await site.logIn(registry.host, "somebody", "secret");
  registry.seen.length = 0;
  assertEquals((await pull()).code, 0);
  assertEquals(registry.seen, [
    "GET /v2/guest/manifests/1",
    `GET /token?service=here&scope=repository%3Aguest%3Apull Basic ${btoa("somebody:secret")}`,
    "GET /v2/guest/manifests/1 Bearer t0",
    `GET /v2/guest/blobs/${guest.blobs[0]!.descriptor.digest} Bearer t0`,
    `GET /v2/guest/blobs/${layer.digest} Bearer t0`,
  ]);
});

Deno.test("where a blob lies elsewhere, that place does not learn who we are", async () => {
  await using storage = new FakeRegistry(guest, () => new Response(guest.blobs[1]!.bytes));
  await using registry = new FakeRegistry(guest, (request, url) => {
    if (!request.headers.has("authorization")) {
      return errorAnswer(401, "UNAUTHORIZED", "", { "www-authenticate": 'Basic realm="x"' });
    }
    return isBlob(url) ? Response.redirect(`http://${storage.host}/there`, 307) : undefined;
  });
  await using site = await Site.create();
  await site.logIn(registry.host, "somebody", "secret");
  const { code } = await site.run("pull", `${registry.host}/guest:1`, "--plain-http", "--out", `${site.directory}/out`);
  assertEquals([code, storage.seen], [0, ["GET /there"]]);
});

for (const asks of ['Basic realm="x"', 'Bearer realm="REALM"']) {
  Deno.test(`where a blob lies elsewhere, that place asks in vain who we are: ${asks}`, async () => {
    await using storage = new FakeRegistry(
      guest,
      (_, { origin }) =>
        errorAnswer(401, "UNAUTHORIZED", "", { "www-authenticate": asks.replace("REALM", `${origin}/token`) }),
    );
    await using registry = new FakeRegistry(
      guest,
      (_, url) => isBlob(url) ? Response.redirect(`http://${storage.host}/there`, 307) : undefined,
    );
    await using site = await Site.create();
    await site.logIn(registry.host, "somebody", "secret");
    await site.logIn(storage.host, "somebody", "secret");
    const reference = `${registry.host}/guest:1`;
    const { code, err } = await site.run("pull", reference, "--plain-http", "--out", `${site.directory}/out`);
    assertEquals([code, storage.seen], [1, ["GET /there"]]);
    assertMatch(err, new RegExp(`${storage.host}, to which ${registry.host} redirects, refuses access \\(401\\)$`));
  });
}

Deno.test("what is no plugin is not fetched, however large it is", async () => {
  const type = "application/vnd.oci.image.layer.v1.tar+gzip";
  const image = await jsonBlob(MANIFEST_TYPE, {
    schemaVersion: 2,
    config: { ...guest.blobs[0]!.descriptor, mediaType: "application/vnd.oci.image.config.v1+json" },
    layers: Array.from({ length: 40 }, () => ({ ...guest.blobs[1]!.descriptor, mediaType: type })),
  });
  await using registry = new FakeRegistry({ manifest: image, blobs: guest.blobs });
  await using site = await Site.create();
  const reference = `${registry.host}/guest:1`;
  const { code, err } = await site.run("pull", reference, "--plain-http", "--out", `${site.directory}/out`);
  assertEquals([code, registry.seen], [1, ["GET /v2/guest/manifests/1"]]);
  assertMatch(err, /as a plugin: its config is application\/vnd\.oci\.image\.config\.v1\+json/);
});

for (
  const [what, failing, why] of [
    ["to begin an upload", "POST", /^Cannot put the blob sha256:\w+ to .*: that is too large for it \(HTTP 413\)/],
    ["the manifest", "PUT", /^Cannot put the manifest 1 to .*: that is too large for it \(HTTP 413\)/],
  ] as const
) {
  Deno.test(`push to a registry that refuses ${what}`, async () => {
    await using registry = new FakeRegistry(undefined, (request, { pathname }) => {
      if (request.method === failing && (failing === "POST" || pathname.includes("/manifests/"))) {
        return errorAnswer(413, "SIZE_INVALID", "");
      }
      if (request.method === "POST") return new Response(null, { status: 202, headers: { location: "/up?id=1" } });
      return request.method === "PUT" ? new Response(null, { status: 201 }) : undefined;
    });
    await using site = await Site.create();
    const { code, err } = await site.run("push", "guest", `${registry.host}/guest:1`, "--plain-http");
    assertEquals(code, 1);
    assertMatch(err, why);
  });
}
