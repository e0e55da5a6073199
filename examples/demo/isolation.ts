// How the demo gets a network of its own: as root by new namespaces, else by a user namespace as well.

/** What to pass to unshare(1), or why it cannot be done here and what to do. */
export type Isolation =
  | { kind: "possible"; flags: string[] }
  | { kind: "impossible"; why: string; advice: string };

const OWN_NETWORK = ["--net", "--mount", "--propagation", "private"];

/** @param uid the user's id; null where the system has none */
export function isolationFor(uid: number | null, tryOut: (flags: string[]) => TryOut = tryUnshare): Isolation {
  const flags = uid === 0 ? OWN_NETWORK : ["--user", "--map-root-user", ...OWN_NETWORK];
  const result = tryOut(flags);
  if (result === "works") return { kind: "possible", flags };
  if (result === "missing") {
    return {
      kind: "impossible",
      why: "unshare(1) is not installed",
      advice: "Install util-linux (apt-get install util-linux), then run it again.",
    };
  }
  return uid === 0
    ? {
      kind: "impossible",
      why: `root may not make network namespaces here: ${result.refused}`,
      advice: "Inside a container, run it with CAP_SYS_ADMIN and CAP_NET_ADMIN (docker run --privileged).",
    }
    : {
      kind: "impossible",
      why: `user ${uid} may not make a user namespace with a network here: ${result.refused}`,
      advice: "Run it as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, " +
        "kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces above 0).",
    };
}

/** What a trial of unshare(1) showed. */
export type TryOut = "works" | "missing" | { refused: string };

function tryUnshare(flags: string[]): TryOut {
  try {
    const { success, stderr } = new Deno.Command("unshare", { args: [...flags, "true"], stdout: "null" }).outputSync();
    return success ? "works" : { refused: new TextDecoder().decode(stderr).trim() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "missing";
    throw error;
  }
}
