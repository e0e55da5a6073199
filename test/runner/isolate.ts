// Wraps a command into namespaces of its own, so that tests may change links, routes and mounts.

/** Where plugins keep state by default: hidden from tests, and tests from it. */
const STATE_DIRECTORIES = ["/var/lib/cni", "/var/lib/cnidaria"];

/**
 * The command inside its own network and mount namespace, with the loopback link up; or as it is, with the reason,
 * where that cannot be had.
 */
export function isolated(argv: readonly string[]): { argv: string[]; why: string | undefined } {
  if (Deno.build.os !== "linux") return { argv: [...argv], why: "this is not Linux" };
  if (Deno.uid() !== 0) return { argv: [...argv], why: "this is not root" };
  const flags = ["--net", "--mount", "--propagation", "private"];
  if (!canUnshare(flags)) return { argv: [...argv], why: "unshare --net --mount is not permitted" };
  const hide = STATE_DIRECTORIES.map((path) => `[ ! -d ${path} ] || mount -t tmpfs tmpfs ${path}`).join("; ");
  const script = `ip link set lo up; ${hide}; exec "$@"`;
  return { argv: ["unshare", ...flags, "sh", "-c", script, "sh", ...argv], why: undefined };
}

function canUnshare(flags: readonly string[]): boolean {
  try {
    return new Deno.Command("unshare", { args: [...flags, "true"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}
