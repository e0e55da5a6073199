// The native entry, which a container runtime executes: compiled with the machine's C compiler. Nothing fails without it,
// the launcher serves then, and starts the host for every call.

import { lastLine } from "./command.ts";
import { installPackages, type PackageMachine, type Packages, thisMachine } from "./packages.ts";
import { ifChanged } from "./stamp.ts";
import type { Outcome } from "./step.ts";

const COMPILERS = ["cc", "gcc", "clang", "musl-gcc"];
const FLAGS = ["-O2", "-static", "-Wall", "-Wextra", "-Werror"];

const PACKAGES: Packages = {
  "apt-get": ["gcc", "libc6-dev"],
  dnf: ["gcc", "glibc-static"],
  zypper: ["gcc", "glibc-devel-static"],
  apk: ["gcc", "musl-dev"],
};

/** Why no compiler made it. */
class NotCompiled extends Error {}

/**
 * Compiles `dist/bin/entry`, if its source changed.
 *
 * @param root the checkout
 */
export async function buildEntry(root: string, machine: PackageMachine = thisMachine): Promise<Outcome> {
  const [source, product] = [`${root}/runtime/agent/entry`, `${root}/dist/bin/entry`];
  const isSource = (path: string) => /\.[ch]$/.test(path);
  try {
    return await ifChanged({ stamp: `${root}/dist/.entry`, sources: [source], counts: isSource, product }, async () => {
      await Deno.mkdir(`${root}/dist/bin`, { recursive: true });
      const sources = [...Deno.readDirSync(source)].map(({ name }) => `${source}/${name}`)
        .filter((path) => path.endsWith(".c")).sort();
      return `dist/bin/entry, by ${await compileSomehow(sources, product, machine)}`;
    });
  } catch (error) {
    if (!(error instanceof NotCompiled)) throw error;
    // One of another source might speak another version of the agent's protocol.
    await Deno.remove(product).catch(() => {});
    return { state: "missing", why: `${error.message}; without the native entry the launcher serves, slower` };
  }
}

/** Answers the compiler that made it. */
async function compileSomehow(sources: readonly string[], product: string, machine: PackageMachine): Promise<string> {
  const first = await compile(sources, product, machine);
  if (first.by !== undefined) return first.by;
  const { why } = await installPackages(PACKAGES, "a C compiler and a static libc", machine);
  const second = why === undefined ? await compile(sources, product, machine) : first;
  if (second.by !== undefined) return second.by;
  throw new NotCompiled([second.why, why].filter((each) => each !== undefined).join(", "));
}

/** Tries one compiler after the other: one may be there without a static libc. */
async function compile(
  sources: readonly string[],
  product: string,
  machine: PackageMachine,
): Promise<{ by?: string; why?: string }> {
  let why = "there is no C compiler";
  // Not written in place: a set-up that is killed would leave half of it.
  const temporary = `${product}.${crypto.randomUUID().slice(0, 8)}`;
  for (const compiler of COMPILERS) {
    const result = await machine.run(compiler, [...FLAGS, "-o", temporary, ...sources]);
    if (result?.code === 0) {
      await Deno.rename(temporary, product);
      return { by: compiler };
    }
    await Deno.remove(temporary).catch(() => {});
    if (result !== undefined) why = `${compiler} says: ${lastLine(result.output)}`;
  }
  return { why };
}
