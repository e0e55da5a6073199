// The host as JavaScript that starts fast. All that an ADD or a DEL runs is in two files: the entry, and what it has in
// common with what is rarer, which is in a third. Each file costs a start 0.1 ms; so do each 15 KiB that it does not need.

import * as esbuild from "esbuild";
import { writeAtomically } from "../atomic_file.ts";
import { etcdProtocol } from "./etcd_protocol.ts";
import { nodeBuiltins } from "./node_builtins.ts";
import { oneRareModule, type Rare, rareOf } from "./rare_module.ts";
import { ifChanged } from "./stamp.ts";
import type { Outcome } from "./step.ts";

/** A program of the bundle: `<name>.js`. */
export interface Program {
  readonly name: string;
  /** Its main module. */
  readonly entry: string;
  /** What the main module loads in its own stead: a program of its own, with nothing in common. */
  readonly instead?: string;
  /** Modules that it imports lazily, of which it needs one at most: each is a chunk of its own. `STORES` if not given. */
  readonly alone?: readonly string[];
}

/** The engines of a cluster's state: a node has one of them. */
const STORES = ["etcd/etcd_store", "kubernetes/kubernetes_store", "static/static_store"].map((name) =>
  `runtime/cluster/store/${name}.ts`
);

const PROGRAMS: readonly Program[] = [
  { name: "cnidaria", entry: "runtime/main.ts", instead: "runtime/cli/main.ts" },
  { name: "v8_worker", entry: "runtime/engine/v8/v8_worker.ts" },
  { name: "agent_thread", entry: "runtime/agent/thread.ts" },
  { name: "web_app", entry: "web/app.tsx" },
];

type BundledFile = Pick<esbuild.OutputFile, "path"> & { readonly contents: Uint8Array };

const encoder = new TextEncoder();

/**
 * Bundles the host into `dist`, if its sources changed.
 *
 * Chunks are named by their content: a host that is running while they are made anew still finds its own.
 *
 * @param root the checkout
 */
export function bundle(root: string): Promise<Outcome> {
  const sources = ["runtime", "host-funcs", "web", "deno.json", "deno.lock"].map((name) => `${root}/${name}`);
  const counts = (path: string) => /\.(tsx?|json|lock|sql)$/.test(path) && !/_test\.tsx?$|\/generated\//.test(path);
  return ifChanged(
    { stamp: `${root}/dist/.bundle`, sources, counts, product: `${root}/dist/cnidaria.js` },
    async () => {
      const bytes = await bundleInto(root, `${root}/dist`, PROGRAMS);
      return `dist/cnidaria.js, ${Math.round(bytes / 1024)} KiB with its chunks`;
    },
  );
}

/** Bundles programs into a folder; answers the sum of the sizes, in bytes. */
export async function bundleInto(root: string, outdir: string, programs: readonly Program[]): Promise<number> {
  const files: BundledFile[] = [];
  try {
    for (const program of programs) files.push(...await filesOf(root, outdir, program));
  } catch (error) {
    throw new Error(`Cannot bundle the host: ${whatFailed(error as esbuild.BuildFailure)}`);
  } finally {
    await esbuild.stop();
  }
  await Deno.mkdir(`${outdir}/chunks`, { recursive: true });
  const isChunk = (path: string) => path.startsWith(`${outdir}/chunks/`);
  // Chunks first: an entry never names one that isn't there.
  files.sort((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)));
  for (const file of files) await writeAtomically(file.path, file.contents, 0o644);
  await removeOldChunks(`${outdir}/chunks`, new Set(files.map((file) => file.path)));
  return files.reduce((sum, file) => sum + file.contents.length, 0);
}

async function filesOf(
  root: string,
  outdir: string,
  { name, entry, instead, alone = STORES }: Program,
): Promise<BundledFile[]> {
  const options = { ...OPTIONS, absWorkingDir: root, outdir };
  const files: BundledFile[] = [];
  let elsewhere: Rare["elsewhere"];
  if (instead !== undefined) {
    const { outputFiles, metafile } = await esbuild.build({
      ...options,
      entryPoints: [instead],
      entryNames: "chunks/[name]-[hash]",
    });
    files.push(...outputFiles);
    const [path = ""] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === instead) ?? [];
    elsewhere = { module: `${root}/${instead}`, path: `./chunks/${path.slice(path.lastIndexOf("/") + 1)}` };
  }
  const main = { ...options, entryPoints: { [name]: entry } };
  const rare = await rareOf(main, { elsewhere, alone: alone.map((path) => `${root}/${path}`) });
  const { outputFiles } = await esbuild.build({ ...main, plugins: [...OPTIONS.plugins, oneRareModule(rare)] });
  return [...files, ...outputFiles.map(({ path, text }) => ({ path, contents: encoder.encode(unseen(text)) }))];
}

/**
 * Deno reads what a program may import lazily before it starts it, where it sees the name: all chunks, 4 ms. So it is not
 * to see it. `deno compile` is told of the chunks.
 */
function unseen(text: string): string {
  return text.replace(/\bimport\(("\.\/[^"]*")\)/g, "import(String($1))");
}

const OPTIONS = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  // `neutral` has no preference of its own.
  mainFields: ["module", "main"],
  // esbuild adds `import` or `require`, as each module is asked for: `long` is of no use to protobufjs as an ES module.
  conditions: ["deno"],
  target: "esnext",
  jsx: "automatic",
  jsxImportSource: "preact",
  external: ["node:*"],
  minify: true,
  charset: "utf8",
  chunkNames: "chunks/[name]-[hash]",
  legalComments: "none",
  plugins: [nodeBuiltins, etcdProtocol],
  write: false,
  metafile: true,
  logLevel: "silent",
} as const satisfies esbuild.BuildOptions;

function whatFailed(error: Partial<esbuild.BuildFailure>): string {
  const first = error.errors?.[0];
  const where = first?.location ? ` (${first.location.file}:${first.location.line})` : "";
  return `${first?.text ?? error.message}${where}`;
}

/** A host that started with an earlier bundle may still load its chunks: they stay for a while. */
async function removeOldChunks(dir: string, current: ReadonlySet<string>): Promise<void> {
  const tenMinutesAgo = Date.now() - 600_000;
  for await (const { name } of Deno.readDir(dir)) {
    const path = `${dir}/${name}`;
    const { mtime } = await Deno.stat(path);
    if (!current.has(path) && (mtime?.getTime() ?? 0) < tenMinutesAgo) await Deno.remove(path);
  }
}
