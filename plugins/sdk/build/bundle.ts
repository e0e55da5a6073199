// plugin.ts and what it imports, as one ES module for QuickJS. Host functions stay imports.

import * as esbuild from "esbuild";
import { CONTRACT_VERSION, contractInterface, qualifiedName } from "../../../host-funcs/wit/contract.ts";

const SDK = new URL("..", import.meta.url).pathname;
const ABSENT = new URL("../absent.ts", import.meta.url).pathname;
const GENERATED = new URL("../../../host-funcs/wit/generated/interfaces/", import.meta.url);
const RAW = "raw:";

/**
 * @param exported what the module has to export
 * @throws {Error} naming file and line, where TypeScript or an import cannot be understood
 */
export async function bundle(entry: string, exported: string): Promise<string> {
  const built = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    minify: true,
    logLevel: "silent",
    metafile: true,
    plugins: [sdk(), hostFunctions()],
  });
  const [output] = Object.values(built.metafile.outputs);
  if (!output!.exports.includes(exported)) {
    throw new Error(`Cannot build ${entry} as it does not export ${exported}, which its plugin.json says ("exports")`);
  }
  return built.outputFiles[0]!.text;
}

/** `@cnidaria/sdk` and its parts, wherever the plugin lies. */
function sdk(): esbuild.Plugin {
  return {
    name: "sdk",
    setup(build) {
      // What the SDK's schemas are made of: a plugin may make its own.
      build.onResolve({ filter: /^valibot$/ }, ({ path, pluginData }) => {
        if (pluginData === "found") return undefined;
        return build.resolve(path, { kind: "import-statement", resolveDir: SDK, pluginData: "found" });
      });
      build.onResolve({ filter: /^@cnidaria\/sdk($|\/)/ }, ({ path }) => ({
        path: `${SDK}${path.split("/")[2] ?? "mod"}.ts`,
      }));
    },
  };
}

/**
 * Puts a module of wrapped functions between the plugin and `cnidaria:cni/links@0.3.0`: QuickJS hands over `null` where
 * the types say `undefined` (see `absent.ts`).
 */
function hostFunctions(): esbuild.Plugin {
  return {
    name: "host-functions",
    setup(build) {
      build.onResolve({ filter: /^cnidaria:/ }, ({ path }) => ({ path, namespace: "host-function" }));
      build.onResolve({ filter: /^raw:/ }, ({ path }) => ({ path: path.slice(RAW.length), external: true }));
      build.onLoad({ filter: /.*/, namespace: "host-function" }, async ({ path }) => ({
        contents: wrapperModule(path, await functionsOf(path)),
        resolveDir: "/",
      }));
    },
  };
}

function wrapperModule(path: string, names: readonly string[]): string {
  const lines = names.map((name) => `const ${name}_ = withoutNulls(raw[${JSON.stringify(name)}]);`);
  const list = names.map((name) => `${name}_ as ${name}`).join(", ");
  return [
    `import { withoutNulls } from ${JSON.stringify(ABSENT)};`,
    `import * as raw from ${JSON.stringify(RAW + path)};`,
    ...lines,
    `export { ${list} };`,
  ].join("\n");
}

/** Names of an interface's functions, from its generated types. `path` is as `cnidaria:cni/links@0.3.0`. */
async function functionsOf(path: string): Promise<string[]> {
  const found = contractInterface(path);
  if (found === undefined) throw new Error(`Cannot import ${path} as it is no interface of cnidaria:cni`);
  const { name, version } = found;
  if (version !== CONTRACT_VERSION) {
    throw new Error(`Cannot import ${path} as the contract is ${CONTRACT_VERSION} here: write ${qualifiedName(name)}`);
  }
  const text = await Deno.readTextFile(new URL(`cnidaria-cni-${name}.d.ts`, GENERATED));
  const names = [...text.matchAll(/export function (\w+)\(/g)].map((match) => match[1]!);
  const renamed = [...text.matchAll(/export \{ \w+ as (\w+) \}/g)].map((match) => match[1]!);
  return [...names, ...renamed];
}
