import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { digestOf } from "./digest.ts";
import { type FetchWheel, installWasmtime } from "./wasmtime.ts";
import { type Wheel, WHEELS } from "./wasmtime_release.ts";

const library = new TextEncoder().encode("\x7fELF");
const wheel: Wheel = {
  platform: "manylinux1_x86_64",
  digest: "00",
  library: "wasmtime/lib.so",
  libraryDigest: await digestOf(library),
};

const delivers = (bytes: Uint8Array): FetchWheel => async (_wheel, into) => {
  await Deno.mkdir(`${into}/wasmtime`);
  await Deno.writeFile(`${into}/wasmtime/lib.so`, bytes);
  return undefined;
};
const mustNotFetch: FetchWheel = () => Promise.reject(new Error("fetched again"));

async function withLibDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("installWasmtime() installs with mode 0755, and fetches nothing the second time", () =>
  withLibDir(async (dir) => {
    assertEquals((await installWasmtime(dir, delivers(library), wheel)).state, "ok");
    assertEquals((await Deno.stat(`${dir}/libwasmtime.so`)).mode! & 0o7777, 0o755);
    assertEquals((await installWasmtime(dir, mustNotFetch, wheel)).state, "skipped");
  }));

Deno.test("installWasmtime() replaces a library that is not the pinned one", () =>
  withLibDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/libwasmtime.so`, "other");
    assertEquals((await installWasmtime(dir, delivers(library), wheel)).state, "ok");
    assertEquals(await Deno.readFile(`${dir}/libwasmtime.so`), library);
  }));

Deno.test("installWasmtime() refuses a library with another digest, and leaves nothing", () =>
  withLibDir(async (dir) => {
    const forged = delivers(new TextEncoder().encode("forged"));
    await assertRejects(() => installWasmtime(dir, forged, wheel), Error, wheel.libraryDigest);
    assertEquals([...Deno.readDirSync(dir)], []);
  }));

Deno.test("installWasmtime() says why, and what serves instead, where the wheel can't be had", () =>
  withLibDir(async (dir) => {
    const outcome = await installWasmtime(dir, () => Promise.resolve("pip says: no network"), wheel);
    assertEquals(outcome.state, "missing");
    assertMatch(outcome.why, /^pip says: no network; the v8 engine serves/);
  }));

Deno.test("every pinned digest is a SHA-256, and none is another's", () => {
  const digests = Object.values(WHEELS).flatMap((each) => [each.digest, each.libraryDigest]);
  for (const digest of digests) assertMatch(digest, /^[0-9a-f]{64}$/);
  assertEquals(new Set(digests).size, digests.length);
});
