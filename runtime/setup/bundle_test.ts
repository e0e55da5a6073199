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
    const bytes = await bundleInto(dir, `${dir}/out`, [{ name: "program", entry: "main.ts" }]);
    const entry = await Deno.readTextFile(`${dir}/out/program.js`);
    assert(!entry.includes("loaded lazily"));
    const [chunk, ...others] = chunksIn(dir);
    assertEquals(others, []);
    const text = await Deno.readTextFile(`${dir}/out/chunks/${chunk}`);
    assert(text.includes("loaded lazily"));
    assertEquals(bytes, entry.length + text.length);
  }));

Deno.test(
  "bundleInto() makes one chunk of all that is imported lazily, and one of what it shares",
  esbuildStays,
  () =>
    withSources({
      "main.ts": `import { shared } from "./shared.ts";
      shared(await import("./one.ts"), (await import("./two.ts")).two, await import("./shared.ts"));`,
      "one.ts": `import { shared } from "./shared.ts"; export const one = () => shared("one", import("./two.ts"));`,
      "two.ts": `import { shared } from "./shared.ts"; export const two = () => shared("two");`,
      "shared.ts": `export function shared(...args: unknown[]): void { if (args.length === 0) Deno.exit(1); }`,
    }, async (dir) => {
      await bundleInto(dir, `${dir}/out`, [{ name: "program", entry: "main.ts" }]);
      assertEquals(chunksIn(dir).map((name) => name.replace(/-.*/, "")).sort(), ["chunk", "rare"]);
      const program = new Deno.Command(Deno.execPath(), { args: ["run", "--allow-read", `${dir}/out/program.js`] });
      assertEquals((await program.output()).code, 0);
    }),
);

Deno.test(
  "bundleInto() hides from Deno what is imported lazily, which it would read at each start",
  esbuildStays,
  () =>
    withSources({
      "main.ts": `if (Deno.args.length > 9) await import("./lazy.ts");`,
      "lazy.ts": "Deno.exit(1);",
    }, async (dir) => {
      await bundleInto(dir, `${dir}/out`, [{ name: "program", entry: "main.ts" }]);
      const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json", `${dir}/out/program.js`] });
      const { modules } = JSON.parse(new TextDecoder().decode((await info.output()).stdout));
      const ours = modules.filter((it: { specifier: string }) => it.specifier.includes("/out/"));
      assertEquals(ours.length, 1);
    }),
);

Deno.test("bundleInto() refuses lazily imported modules that export the same name", esbuildStays, () =>
  withSources({
    "main.ts": `await import("./one.ts"); await import("./two.ts");`,
    "one.ts": "export const same = 1;",
    "two.ts": "export const same = 2;",
  }, async (dir) => {
    const build = () => bundleInto(dir, `${dir}/out`, [{ name: "program", entry: "main.ts" }]);
    await assertRejects(build, Error, "one.ts and two.ts, both imported lazily, export same");
  }));

Deno.test("bundleInto() bundles apart what a program loads in its own stead", esbuildStays, () =>
  withSources({
    "main.ts":
      `import { say } from "./say.ts"; if (Deno.args.length > 9) say(); else (await import("./other.ts")).main();`,
    "other.ts": `import { say } from "./say.ts"; export function main(): void { say(); }`,
    "say.ts": `export function say(): void { Deno.exit(7); }`,
  }, async (dir) => {
    await bundleInto(dir, `${dir}/out`, [{ name: "program", entry: "main.ts", instead: "other.ts" }]);
    assertEquals(chunksIn(dir).map((name) => name.replace(/-.*/, "")), ["other"]);
    const program = new Deno.Command(Deno.execPath(), { args: ["run", "--allow-read", `${dir}/out/program.js`] });
    assertEquals((await program.output()).code, 7);
  }));

Deno.test(
  "bundleInto() keeps the chunks of the bundle before it, but not for ever",
  esbuildStays,
  () =>
    withSources({ "main.ts": `await import("./lazy.ts");`, "lazy.ts": "Deno.title = 'one';" }, async (dir) => {
      const build = () => bundleInto(dir, `${dir}/out`, [{ name: "program", entry: "main.ts" }]);
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
      await assertRejects(
        () => bundleInto(dir, `${dir}/out`, [{ name: "program", entry: "main.ts" }]),
        Error,
        "absent.ts",
      );
    }),
});

Deno.test("bundleInto() leaves apart what a program needs one of at most", esbuildStays, () =>
  withSources({
    "main.ts": `const { it } = Deno.args[0] ? await import("./one.ts") : await import("./two.ts"); it();
      (await import("./rare.ts")).rare();`,
    "one.ts": `import { shared } from "./shared.ts"; export const it = () => shared("one");`,
    "two.ts": `import { shared } from "./shared.ts"; export const it = () => shared("two");`,
    "rare.ts": `import { shared } from "./shared.ts"; export const rare = () => shared("rare");`,
    "shared.ts": `export function shared(...args: unknown[]): void { if (args.length === 0) Deno.exit(1); }`,
  }, async (dir) => {
    await bundleInto(dir, `${dir}/out`, [{ name: "program", entry: "main.ts", alone: ["one.ts", "two.ts"] }]);
    assertEquals(chunksIn(dir).map((name) => name.replace(/-.*/, "")).sort(), ["chunk", "one", "rare", "two"]);
    const program = new Deno.Command(Deno.execPath(), { args: ["run", "--allow-read", `${dir}/out/program.js`, "1"] });
    assertEquals((await program.output()).code, 0);
  }));
