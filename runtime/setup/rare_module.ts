// Everything that a program imports lazily, as one module. With a chunk for each lazy import, esbuild would make one
// more for every set of them that has something in common: more than a hundred.

import * as esbuild from "esbuild";

/** What a program imports lazily. */
export interface Rare {
  /** Paths of the modules that become one. */
  readonly modules: readonly string[];
  /** A module that is bundled apart, and the path by which the entry imports that. */
  readonly elsewhere: { readonly module: string; readonly path: string } | undefined;
  /** Paths of modules that stay apart, as chunks of their own. */
  readonly alone: readonly string[];
}

const NAME = "rare";

/**
 * Finds what a program imports lazily.
 *
 * @throws {Error} if two of the modules export the same name: as one module they would export neither
 */
export async function rareOf(
  options: esbuild.BuildOptions,
  { elsewhere, alone }: Pick<Rare, "elsewhere" | "alone">,
): Promise<Rare> {
  const found = new Set<string>();
  const { metafile } = await esbuild.build({
    ...options,
    write: false,
    metafile: true,
    plugins: [
      ...options.plugins ?? [],
      lazyImports({ elsewhere, alone }, (path) => {
        found.add(path);
        return { path };
      }),
    ],
  });
  const owners = new Map<string, string>();
  for (const { entryPoint = "", exports } of Object.values(metafile.outputs)) {
    if (!found.has(`${options.absWorkingDir}/${entryPoint}`)) continue;
    for (const name of exports) {
      const owner = owners.get(name);
      if (owner !== undefined) throw new Error(`${owner} and ${entryPoint}, both imported lazily, export ${name}`);
      owners.set(name, entryPoint);
    }
  }
  return { modules: [...found].sort(), elsewhere, alone };
}

/** Makes one module of what is imported lazily. */
export function oneRareModule({ modules, elsewhere, alone }: Rare): esbuild.Plugin {
  const plugin = lazyImports({ elsewhere, alone }, () => ({ path: NAME, namespace: NAME }));
  return {
    name: plugin.name,
    setup(build) {
      plugin.setup(build);
      build.onLoad({ filter: /.*/, namespace: NAME }, () => ({
        contents: modules.map((path) => `export * from ${JSON.stringify(path)};`).join("\n"),
        resolveDir: "/",
      }));
    },
  };
}

/** Resolves lazy imports of our own modules. */
function lazyImports(
  { elsewhere, alone }: Pick<Rare, "elsewhere" | "alone">,
  resolved: (path: string) => esbuild.OnResolveResult,
): esbuild.Plugin {
  return {
    name: "lazy-imports",
    setup(build) {
      build.onResolve({ filter: /^\./ }, async ({ kind, path, resolveDir }) => {
        if (kind !== "dynamic-import") return undefined;
        const { errors, path: target } = await build.resolve(path, { kind: "import-statement", resolveDir });
        if (errors.length > 0) return { errors };
        if (alone.includes(target)) return { path: target };
        return target === elsewhere?.module ? { path: elsewhere.path, external: true } : resolved(target);
      });
    },
  };
}
