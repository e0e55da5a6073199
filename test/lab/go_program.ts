// Programs of others, built from the Go module proxy with the ordinary go command and kept in .cache. Building needs the
// machine's network, which tests do not have: the runner builds before it isolates them.

import { run } from "./command.ts";

const CACHE = new URL("../../.cache/go/", import.meta.url).pathname;

/** A program of a Go module. */
export interface GoProgram {
  /** Path and version of the module. */
  readonly module: string;
  /** Folder of its package in the module. */
  readonly folder: string;
}

/** libcni's command-line tool. */
export const CNITOOL: GoProgram = { module: "github.com/containernetworking/cni@v1.3.0", folder: "cnitool" };

const PLUGINS = "github.com/containernetworking/plugins@v1.9.1";

/** Upstream's newest plugins, for the benchmark: together in one directory. */
export const UPSTREAM_PLUGINS: readonly GoProgram[] = [
  { module: PLUGINS, folder: "plugins/main/bridge" },
  { module: PLUGINS, folder: "plugins/ipam/host-local" },
  { module: PLUGINS, folder: "plugins/meta/portmap" },
  { module: PLUGINS, folder: "plugins/meta/bandwidth" },
  { module: PLUGINS, folder: "plugins/meta/tuning" },
  { module: PLUGINS, folder: "plugins/meta/firewall" },
];

/** Where the program lies once it is built; programs of one module share a directory. */
export function programPath({ module, folder }: GoProgram): string {
  return `${CACHE}${module.slice(module.indexOf("/") + 1).replace("/", "-")}/${
    folder.slice(folder.lastIndexOf("/") + 1)
  }`;
}

/** Why the program cannot be had; undefined where it is built. */
export function programMissing(program: GoProgram): string | undefined {
  try {
    Deno.statSync(programPath(program));
    return undefined;
  } catch {
    return `needs ${program.folder} of ${program.module}, which the runner builds where go is installed`;
  }
}

/**
 * Builds the program where it is not there yet.
 * @returns why it could not be built; undefined where it is there
 */
export async function buildProgram(program: GoProgram): Promise<string | undefined> {
  if (programMissing(program) === undefined) return undefined;
  const [path, version] = program.module.split("@");
  const directory = programPath(program).replace(/\/[^/]*$/, "");
  try {
    const { code, stderr } = await run(["go", "install", `${path}/${program.folder}@${version}`], {
      env: { GOBIN: directory, GOFLAGS: "-buildvcs=false", CGO_ENABLED: "0" },
      limit: 240_000,
    });
    return code === 0 ? undefined : stderr.trim().split("\n").at(-1);
  } catch (error) {
    return (error as Error).message;
  }
}
