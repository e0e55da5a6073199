// Reads manifests by Kubernetes' own types and by kustomize itself: kubernetes_schema/main.go, which the runner builds
// before it isolates the tests.

import { run } from "./command.ts";

const SOURCE = new URL("./kubernetes_schema/", import.meta.url).pathname;
const PROGRAM = new URL("../../.cache/go/kubernetes_schema/kubernetes_schema", import.meta.url).pathname;

/** As the API has it; what a test looks at is below. */
export type KubernetesObject = Record<string, unknown> & {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

/** Why there is no such program; undefined where it is built. */
export function kubernetesSchemaMissing(): string | undefined {
  return modified(PROGRAM) === undefined
    ? "needs Kubernetes' types and kustomize, which the runner builds where go is installed"
    : undefined;
}

/**
 * Builds the program where it is missing, or older than its source.
 * @returns why it could not be built; undefined where it is there
 */
export async function buildKubernetesSchema(): Promise<string | undefined> {
  const sources = ["main.go", "go.mod", "go.sum"].map((name) => modified(SOURCE + name) ?? 0);
  if ((modified(PROGRAM) ?? 0) >= Math.max(...sources)) return undefined;
  try {
    const { code, stderr } = await run(["go", "build", "-trimpath", "-o", PROGRAM, "."], {
      cwd: SOURCE,
      env: { GOFLAGS: "-buildvcs=false -mod=readonly", CGO_ENABLED: "0" },
      limit: 300_000,
    });
    return code === 0 ? undefined : stderr.trim().split("\n").at(-1);
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * The objects of manifests, as the API server would read them.
 * @throws {Error} with a line for each that it would refuse
 */
export function readManifests(paths: readonly string[]): Promise<KubernetesObject[]> {
  return answer(paths);
}

/** The objects that kustomize builds of a folder. @throws {Error} where it does not, or where the API would refuse one */
export function buildKustomization(folder: string): Promise<KubernetesObject[]> {
  return answer(["-kustomize", folder]);
}

async function answer(args: readonly string[]): Promise<KubernetesObject[]> {
  const { code, stdout, stderr } = await run([PROGRAM, ...args]);
  if (code !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout);
}

/** Milliseconds since the epoch. */
function modified(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime();
  } catch {
    return undefined;
  }
}
