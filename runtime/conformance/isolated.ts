// The suite changes networks: it runs in a network and mount namespace of its own, never in the machine's. So everything
// that it makes goes with its process, even if that is killed, and what plugins keep in /var/lib/cni stays apart.

import { currentNamespace } from "../../host-funcs/sys/namespace.ts";
import { CommandFailure } from "../cli/output.ts";

/** Names the network namespace that the suite was started from. */
const OUTSIDE = "CNIDARIA_CONFORMANCE_OUTSIDE";
const STATE_DIR = "/var/lib/cni";

// By the C library: Deno lets nobody read links below /proc who may not do everything.
const own = () => String(currentNamespace().inode);

/** Whether this process is the one that was started inside. */
export function isInside(): boolean {
  const outside = Deno.env.get(OUTSIDE);
  return outside !== undefined && outside !== "" && outside !== own();
}

/**
 * Runs this program again with the same arguments, inside.
 *
 * @returns its exit code
 * @throws {CommandFailure} where namespaces cannot be had
 */
export async function runInside(args: readonly string[]): Promise<number> {
  const why = Deno.build.os !== "linux" ? "this is not Linux" : Deno.uid() !== 0 ? "it needs root" : undefined;
  if (why !== undefined) throw new CommandFailure(`Cannot run the conformance suite as ${why}`);
  for (const program of ["unshare", "nsenter", "ip"]) {
    const found = (Deno.env.get("PATH") ?? "").split(":").some((folder) => isFile(`${folder}/${program}`));
    if (!found) {
      throw new CommandFailure(
        `Cannot run the conformance suite as there is no ${program} in PATH: install util-linux and iproute2`,
      );
    }
  }
  const made = !isFolder(STATE_DIR);
  if (made) await Deno.mkdir(STATE_DIR, { recursive: true });
  try {
    const script = `mount -t tmpfs tmpfs ${STATE_DIR} && ip link set lo up && exec "$@"`;
    const flags = ["--net", "--mount", "--propagation", "private"];
    const child = new Deno.Command("unshare", {
      args: [...flags, "sh", "-c", script, "sh", Deno.execPath(), ...programArgs(), ...args],
      env: { [OUTSIDE]: own() },
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    return (await child.status).code;
  } finally {
    if (made) await Deno.remove(STATE_DIR).catch(() => {});
  }
}

function programArgs(): string[] {
  return Deno.build.standalone ? [] : ["run", "--allow-all", "--quiet", Deno.mainModule];
}

function isFile(path: string): boolean {
  return statusOf(path)?.isFile === true;
}

function isFolder(path: string): boolean {
  return statusOf(path)?.isDirectory === true;
}

function statusOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
