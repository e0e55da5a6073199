// Whether this process may do what the lab does, which needs namespaces of its own: never the machine's.

/** Why tests that make namespaces cannot run here; undefined where they can. */
export function whyNotIsolated(): string | undefined {
  if (Deno.build.os !== "linux") return "needs Linux";
  if (Deno.uid() !== 0) return "needs root";
  for (const kind of ["net", "mnt"]) {
    if (!differsFromAnAncestor(kind)) return "needs network and mount namespaces of its own (unshare --net --mount)";
  }
  return undefined;
}

/**
 * Names a variable with the namespaces that a process was started from, as /proc has them, for one that no longer sees
 * its ancestors: it has a process namespace of its own.
 */
export const OUTSIDE = "CNIDARIA_OUTSIDE";

/** The value of that variable for what this process starts. */
export function outside(): string {
  return ["net", "mnt"].map((kind) => namespaceOf("self", kind)).join(" ");
}

// Not by a look at /proc/1 alone: root in a container may not read the links of a process that has more capabilities.
function differsFromAnAncestor(kind: string): boolean {
  const own = namespaceOf("self", kind);
  const before = Deno.env.get(OUTSIDE)?.split(" ").find((name) => name.startsWith(`${kind}:`));
  if (before !== undefined) return before !== own;
  for (let pid = parentOf("self"); pid > 0; pid = parentOf(String(pid))) {
    const other = namespaceOf(String(pid), kind);
    if (other !== undefined && other !== own) return true;
  }
  return false;
}

function namespaceOf(pid: string, kind: string): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0);
}

let directory: string | undefined;

/** A directory for the namespaces' bind mounts. It holds nothing once they are gone. */
export function labDirectory(): string {
  const why = whyNotIsolated();
  if (why !== undefined) throw new Error(`Cannot make a network namespace for a test as it ${why}`);
  directory ??= Deno.makeTempDirSync({ prefix: "cnidaria-lab-" });
  return directory;
}

/** Name and `ignore` of a test that needs the lab; the name carries the reason for which it is skipped. */
export function labTest(name: string): { name: string; ignore: boolean } {
  const why = whyNotIsolated();
  return why === undefined ? { name, ignore: false } : { name: `${name} (skipped: ${why})`, ignore: true };
}

/** As `labTest`, for a test that needs something else as well. */
export function labTestNeeding(name: string, missing: string | undefined): { name: string; ignore: boolean } {
  const test = labTest(name);
  if (test.ignore || missing === undefined) return test;
  return { name: `${name} (skipped: ${missing})`, ignore: true };
}
