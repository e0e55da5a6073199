// The dashboard's files for the browser: what the islands are made from as one file, and what is static as it is.

import * as esbuild from "esbuild";
import { writeAtomically } from "../atomic_file.ts";
import { ifChanged } from "./stamp.ts";
import type { Outcome } from "./step.ts";

/** In the order in which they count. */
const STYLES = ["base", "pool", "attachment", "topology", "policy", "events"].map((name) => `web/static/${name}.css`);

/** Builds `dist/web`, if its sources changed. @param root the checkout */
export function buildWeb(root: string): Promise<Outcome> {
  const sources = ["web", "runtime/query", "deno.json", "deno.lock"].map((name) => `${root}/${name}`);
  const counts = (path: string) => /\.(tsx?|json|lock|css|svg|yaml)$/.test(path) && !/_test\.tsx?$/.test(path);
  return ifChanged({ stamp: `${root}/dist/.web`, sources, counts, product: `${root}/dist/web/client.js` }, async () => {
    const bytes = await buildWebInto(root, `${root}/dist/web`);
    return `dist/web/client.js, ${Math.ceil(bytes / 1024)} KiB`;
  });
}

/** @returns bytes of the script */
async function buildWebInto(root: string, outdir: string): Promise<number> {
  try {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: ["web/islands/main.tsx"],
      outfile: `${outdir}/client.js`,
      bundle: true,
      format: "esm",
      platform: "browser",
      // What the oldest browsers have that Kubernetes' administrators are likely to use: two years.
      target: ["chrome120", "firefox121", "safari17"],
      jsx: "automatic",
      jsxImportSource: "preact",
      minify: true,
      charset: "utf8",
      legalComments: "none",
      write: false,
      logLevel: "silent",
    });
    await Deno.mkdir(outdir, { recursive: true });
    for (const { path, contents } of outputFiles) await writeAtomically(path, contents, 0o644);
    const styles = await Promise.all(STYLES.map((path) => Deno.readTextFile(`${root}/${path}`)));
    await writeAtomically(`${outdir}/style.css`, new TextEncoder().encode(styles.join("\n")), 0o644);
    for (const path of ["web/static/icon.svg", "web/openapi.yaml"]) {
      await writeAtomically(`${outdir}/${path.replace(/.*\//, "")}`, await Deno.readFile(`${root}/${path}`), 0o644);
    }
    return outputFiles[0]!.contents.length;
  } catch (error) {
    const [first] = (error as esbuild.BuildFailure).errors ?? [];
    throw new Error(
      `Cannot bundle the dashboard: ${first?.text ?? (error as Error).message}${
        first?.location ? ` (${first.location.file}:${first.location.line})` : ""
      }`,
    );
  } finally {
    await esbuild.stop();
  }
}
