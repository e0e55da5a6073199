import { assertEquals, assertMatch } from "@std/assert";
import { buildEntry } from "./entry.ts";
import type { PackageMachine } from "./packages.ts";

interface Fake {
  readonly uid?: number;
  /** Compilers that work, those that are there and do not, and what a package manager adds. */
  readonly works?: string[];
  readonly broken?: string[];
  readonly installs?: string[];
}

async function withCheckout(
  fake: Fake,
  body: (root: string, machine: PackageMachine, ran: string[]) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const [works, ran] = [new Set(fake.works), [] as string[]];
  const machine: PackageMachine = {
    has: (program) => Promise.resolve(program === "apt-get" && fake.installs !== undefined),
    uid: () => fake.uid ?? 0,
    run: async (program, args) => {
      if (program === "apt-get") {
        ran.push(`${program} ${args[0]}`);
        if (args[0] === "install") fake.installs?.forEach((each) => works.add(each));
        return { code: 0, output: "" };
      }
      if (fake.broken?.includes(program)) return { code: 1, output: "ld: cannot find -lc\n" };
      if (!works.has(program)) return undefined;
      ran.push(program);
      await Deno.writeTextFile(args[args.indexOf("-o") + 1]!, args.filter((arg) => arg.endsWith(".c")).join());
      return { code: 0, output: "" };
    },
  };
  try {
    await Deno.mkdir(`${root}/runtime/agent/entry`, { recursive: true });
    await Deno.mkdir(`${root}/dist`);
    for (const name of ["b.c", "a.c", "a.h"]) await Deno.writeTextFile(`${root}/runtime/agent/entry/${name}`, name);
    await body(root, machine, ran);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const namesIn = (dir: string) => [...Deno.readDirSync(dir)].map((entry) => entry.name);

Deno.test("buildEntry() compiles what is there, and again only if a source changed", () =>
  withCheckout({ works: ["gcc"] }, async (root, machine, ran) => {
    const source = `${root}/runtime/agent/entry`;
    assertEquals(await buildEntry(root, machine), { state: "ok", why: "dist/bin/entry, by gcc" });
    assertEquals(await Deno.readTextFile(`${root}/dist/bin/entry`), `${source}/a.c,${source}/b.c`);
    assertEquals((await buildEntry(root, machine)).state, "skipped");
    await Deno.writeTextFile(`${source}/a.h`, "changed");
    assertEquals((await buildEntry(root, machine)).state, "ok");
    assertEquals(ran, ["gcc", "gcc"]);
    assertEquals(namesIn(`${root}/dist/bin`), ["entry"]);
  }));

Deno.test("buildEntry() takes another compiler where one has no static libc", () =>
  withCheckout({ broken: ["cc", "gcc"], works: ["musl-gcc"] }, async (root, machine) => {
    assertEquals((await buildEntry(root, machine)).why, "dist/bin/entry, by musl-gcc");
  }));

Deno.test("buildEntry() has a compiler installed where root may", () =>
  withCheckout({ installs: ["cc"] }, async (root, machine, ran) => {
    assertEquals((await buildEntry(root, machine)).state, "ok");
    assertEquals(ran, ["apt-get update", "apt-get install", "cc"]);
  }));

Deno.test("buildEntry() says the command to run where it isn't root", () =>
  withCheckout({ installs: ["cc"], uid: 1000 }, async (root, machine) => {
    const { state, why } = await buildEntry(root, machine);
    assertEquals(state, "missing");
    assertMatch(why, /^there is no C compiler, as root, run: apt-get .* gcc libc6-dev; .*launcher serves/);
  }));

Deno.test("buildEntry() that fails leaves no entry of an older source", () =>
  withCheckout({ broken: ["cc"] }, async (root, machine) => {
    await Deno.mkdir(`${root}/dist/bin`);
    await Deno.writeTextFile(`${root}/dist/bin/entry`, "old");
    assertMatch((await buildEntry(root, machine)).why, /^cc says: ld: cannot find -lc, install .* by hand/);
    assertEquals(namesIn(`${root}/dist/bin`), []);
  }));
