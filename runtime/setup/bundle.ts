// The host as JavaScript that starts fast: one entry, and chunks for what a CNI call loads only if it needs it.

import * as esbuild from "esbuild";
import { writeAtomically } from "./atomic_file.ts";
import { ifChanged } from "./stamp.ts";
import type { Outcome } from "./step.ts";

/** Entries of the bundle: the name of the file in `dist`, and its module. */
const ENTRIES = { cnidaria: "runtime/main.ts", v8_worker: "runtime/engine/v8/v8_worker.ts" };

/**
 * Bundles the host into `dist`, if its sources changed.
 *
 * Chunks are named by their content: a host that is running while they are made anew still finds its own.
 *
 * @param root the checkout
 */
export function bundle(root: string): Promise<Outcome> {
  const sources = ["runtime", "host-funcs", "deno.json", "deno.lock"].map((name) => `${root}/${name}`);
  const counts = (path: string) => /\.(ts|json|lock|sql)$/.test(path) && !/_test\.ts$|\/generated\//.test(path);
  return ifChanged(
    { stamp: `${root}/dist/.bundle`, sources, counts, product: `${root}/dist/cnidaria.js` },
    async () => {
      const bytes = await bundleInto(root, `${root}/dist`, ENTRIES);
      return `dist/cnidaria.js, ${Math.round(bytes / 1024)} KiB with its chunks`;
    },
  );
}

/** Bundles entries into a folder; answers the sum of the sizes, in bytes. */
export async function bundleInto(root: string, outdir: string, entryPoints: Record<string, string>): Promise<number> {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    // `neutral` has no preference of its own.
    mainFields: ["module", "main"],
    conditions: ["deno", "import", "default"],
    target: "esnext",
    external: ["node:*"],
    minify: true,
    charset: "utf8",
    chunkNames: "chunks/[name]-[hash]",
    legalComments: "none",
    write: false,
    logLevel: "silent",
  }).catch((error: esbuild.BuildFailure) => {
    const first = error.errors?.[0];
    const where = first?.location ? ` (${first.location.file}:${first.location.line})` : "";
    throw new Error(`Cannot bundle the host: ${first?.text ?? error.message}${where}`);
  }).finally(() => esbuild.stop());
  await Deno.mkdir(`${outdir}/chunks`, { recursive: true });
  const isChunk = (path: string) => path.startsWith(`${outdir}/chunks/`);
  // Chunks first: an entry never names one that isn't there.
  const files = result.outputFiles.toSorted((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)));
  for (const file of files) await writeAtomically(file.path, file.contents, 0o644);
  await removeOldChunks(`${outdir}/chunks`, new Set(files.map((file) => file.path)));
  return files.reduce((sum, file) => sum + file.contents.length, 0);
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
