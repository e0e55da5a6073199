import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CommandFailure } from "../output.ts";
import { type Artifact, type BlobSource, MANIFEST_TYPE } from "./blob.ts";
import { signatureTag, signed, verifySignature } from "./signature.ts";
import { readKey } from "./signing_key.ts";
import { writeKeys } from "./testing/keys.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const sourceOf = ({ blobs }: Artifact): BlobSource => ({ digest }) =>
  Promise.resolve(blobs.find(({ descriptor }) => descriptor.digest === digest)!.bytes);

async function withFolder(body: (directory: string) => Promise<void> | void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "signature-" });
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function run(...argv: string[]): Promise<number> {
  const [program, ...args] = argv;
  return (await new Deno.Command(program!, { args, stdout: "null", stderr: "null" }).output()).code;
}

Deno.test("signatures lie at the tag that cosign looks at", () => {
  assertEquals(signatureTag(DIGEST), `sha256-${"a".repeat(64)}.sig`);
});

Deno.test("a signature is a layer with cosign's statement, and openssl verifies it", () =>
  withFolder(async (directory) => {
    const keys = writeKeys(directory, "P-256");
    const { manifest, blobs } = await signed(DIGEST, "registry.example/guest", readKey(keys.private, "private"));
    const image = JSON.parse(new TextDecoder().decode(manifest.bytes));
    assertEquals([image.mediaType, image.layers.length], [MANIFEST_TYPE, 1]);
    assertEquals(image.layers[0].mediaType, "application/vnd.dev.cosign.simplesigning.v1+json");
    const statement = blobs.find(({ descriptor }) => descriptor.digest === image.layers[0].digest)!.bytes;
    assertEquals(JSON.parse(new TextDecoder().decode(statement)), {
      critical: {
        identity: { "docker-reference": "registry.example/guest" },
        image: { "docker-manifest-digest": DIGEST },
        type: "cosign container image signature",
      },
      optional: null,
    });
    const signature = Uint8Array.fromBase64(image.layers[0].annotations["dev.cosignproject.cosign/signature"]);
    Deno.writeFileSync(`${directory}/statement`, statement);
    Deno.writeFileSync(`${directory}/signature`, signature);
    if (await run("openssl", "version").catch(() => 1) !== 0) return;
    const verify = ["openssl", "dgst", "-sha256", "-verify", keys.public, "-signature", `${directory}/signature`];
    assertEquals(await run(...verify, `${directory}/statement`), 0);
  }));

for (const type of ["P-256", "ed25519"] as const) {
  Deno.test(`a signature by ${type} is verified, of this digest and by this key alone`, () =>
    withFolder(async (directory) => {
      const keys = writeKeys(directory, type);
      const made = await signed(DIGEST, "name", readKey(keys.private, "private"));
      const key = readKey(keys.public, "public");
      await verifySignature(DIGEST, key, made.manifest, sourceOf(made), "it");
      const other = DIGEST.replace("aa", "ab");
      const refusal = (digest: string, by: string, why: string, from = made) =>
        assertRejects(
          () => verifySignature(digest, readKey(by, "public"), from.manifest, sourceOf(from), "it"),
          CommandFailure,
          why,
        );
      await refusal(other, keys.public, `what the key has signed is another artifact than ${other}`);
      await refusal(DIGEST, writeKeys(directory, type).public, "none of its signatures is of that key");
      await refusal(
        DIGEST,
        writeKeys(directory, type === "P-256" ? "ed25519" : "P-256").public,
        "none of its signatures",
      );
      const spoilt = { ...made, blobs: made.blobs.map((it) => ({ ...it, bytes: it.bytes.map((byte) => byte ^ 1) })) };
      await refusal(DIGEST, keys.public, "as its digest is", spoilt);
      await assertRejects(
        () => verifySignature(DIGEST, key, undefined, sourceOf(made), "it"),
        CommandFailure,
        "has no signature",
      );
    }));
}

Deno.test("a second key's signature is added to the first's, and a key has one", () =>
  withFolder(async (directory) => {
    const [first, second] = [writeKeys(directory, "P-256"), writeKeys(directory, "ed25519")];
    const one = await signed(DIGEST, "name", readKey(first.private, "private"));
    const both = await signed(DIGEST, "name", readKey(second.private, "private"), one);
    const again = await signed(DIGEST, "name", readKey(first.private, "private"), both);
    for (const made of [both, again]) {
      for (const keys of [first, second]) {
        await verifySignature(DIGEST, readKey(keys.public, "public"), made.manifest, sourceOf(made), "it");
      }
      assertEquals(JSON.parse(new TextDecoder().decode(made.manifest.bytes)).layers.length, 2);
    }
  }));

Deno.test("readKey() says what cannot be used as a key", () =>
  withFolder((directory) => {
    const no = (path: string, kind: "private" | "public", why: string) =>
      assertThrows(() => readKey(path, kind), CommandFailure, why);
    no(`${directory}/none`, "private", "No such file");
    no(writeKeys(directory, "P-384").private, "private", "ECDSA P-256 and Ed25519 can be used");
    Deno.writeTextFileSync(`${directory}/text`, "hello");
    no(`${directory}/text`, "public", `Cannot use ${directory}/text as a public key`);
    Deno.writeTextFileSync(`${directory}/cosign.key`, "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n");
    no(`${directory}/cosign.key`, "private", "it is encrypted");
  }));
