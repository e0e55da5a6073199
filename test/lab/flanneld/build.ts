// Builds flanneld for the lab, before the runner isolates the tests: modules come from the Go proxy.

import { run } from "../command.ts";

const SOURCE = new URL("./", import.meta.url).pathname;
/** Where the program lies once it is built. */
export const FLANNELD = new URL("../../../.cache/go/flanneld/flanneld", import.meta.url).pathname;

/** Why there is no flanneld; undefined where it is built. */
export function flanneldMissing(): string | undefined {
  return modified(FLANNELD) === undefined ? "needs flanneld, which the runner builds where go is installed" : undefined;
}

/**
 * Builds it where it is missing, or older than its source.
 * @returns why it could not be built; undefined where it is there
 */
export async function buildFlanneld(): Promise<string | undefined> {
  const built = modified(FLANNELD) ?? 0;
  const sources = ["main.go", "go.mod", "go.sum"].map((name) => modified(SOURCE + name) ?? 0);
  if (built >= Math.max(...sources)) return undefined;
  try {
    const { code, stderr } = await run(["go", "build", "-trimpath", "-o", FLANNELD, "."], {
      cwd: SOURCE,
      env: { GOFLAGS: "-buildvcs=false -mod=readonly", CGO_ENABLED: "0" },
      limit: 300_000,
    });
    return code === 0 ? undefined : stderr.trim().split("\n").at(-1);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Milliseconds since the epoch. */
function modified(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime();
  } catch {
    return undefined;
  }
}
