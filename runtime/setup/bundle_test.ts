import { assert, assertEquals, assertRejects } from "@std/assert";
import { bundleInto } from "./bundle.ts";

/** esbuild's own process ends some time after it was told to, and then its pipes close. */
const esbuildStays = { sanitizeOps: false, sanitizeResources: false };

async function withSources(sources: Record<string, string>, body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(sources)) await Deno.writeTextFile(`${dir}/${name}`, text);
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const chunksIn = (dir: string) => [...Deno.readDirSync(`${dir}/out/chunks`)].map((entry) => entry.name);

Deno.test("bundleInto() keeps what is imported lazily out of the entry", esbuildStays, () =>
  withSources({
    "main.ts": `if (Deno.args.length > 9) (await import("./lazy.ts")).lazy();`,
    "lazy.ts": `export function lazy(): void { throw new Error("loaded lazily"); }`,
  }, async (dir) => {
    const bytes = await bundleInto(dir, `${dir}/out`, { program: "main.ts" });
    const entry = await Deno.readTextFile(`${dir}/out/program.js`);
    assert(!entry.includes("loaded lazily"));
    const [chunk, ...others] = chunksIn(dir);
    assertEquals(others, []);
    const text = await Deno.readTextFile(`${dir}/out/chunks/${chunk}`);
    assert(text.includes("loaded lazily"));
    assertEquals(bytes, entry.length + text.length);
  }));

Deno.test(
  "bundleInto() keeps the chunks of the bundle before it, but not for ever",
  esbuildStays,
  () =>
    withSources({ "main.ts": `await import("./lazy.ts");`, "lazy.ts": "Deno.title = 'one';" }, async (dir) => {
      const build = () => bundleInto(dir, `${dir}/out`, { program: "main.ts" });
      await build();
      const [first] = chunksIn(dir);
      await Deno.writeTextFile(`${dir}/lazy.ts`, "Deno.title = 'two';");
      await build();
      assertEquals(chunksIn(dir).length, 2);
      await Deno.utime(`${dir}/out/chunks/${first}`, 1, 1);
      await build();
      assertEquals(chunksIn(dir).length, 1);
    }),
);

Deno.test({
  name: "bundleInto() names what it could not resolve",
  ...esbuildStays,
  fn: () =>
    withSources({ "main.ts": `import "./absent.ts";` }, async (dir) => {
      await assertRejects(() => bundleInto(dir, `${dir}/out`, { program: "main.ts" }), Error, "absent.ts");
    }),
});
