// libnftables.so.1, which `ipMasq` and `macspoofchk` need, from the distribution's package manager.

import { lastLine, run } from "./command.ts";
import type { Outcome } from "./step.ts";

/** A package manager, and the commands that install the library with it. */
export interface PackageManager {
  readonly program: string;
  readonly commands: readonly (readonly string[])[];
}

export const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    program: "apt-get",
    commands: [["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "libnftables1"]],
  },
  { program: "dnf", commands: [["install", "-q", "-y", "nftables"]] },
  { program: "zypper", commands: [["--non-interactive", "--quiet", "install", "libnftables1"]] },
  { program: "apk", commands: [["add", "--quiet", "nftables"]] },
];

/** What the step asks of the machine; a test gives its own. */
export interface Machine {
  isLoadable(library: string): boolean;
  has(program: string): Promise<boolean>;
  uid(): number | null;
  run(program: string, args: readonly string[]): Promise<{ code: number; output: string } | undefined>;
}

/** Installs libnftables where root may, otherwise says the one command that does. */
export async function installNftables(machine: Machine = thisMachine): Promise<Outcome> {
  if (machine.isLoadable("libnftables.so.1")) return { state: "skipped", why: "libnftables.so.1 is there" };
  const without = "without it ipMasq and macspoofchk are refused";
  let manager: PackageManager | undefined;
  for (const each of PACKAGE_MANAGERS) {
    if (manager === undefined && await machine.has(each.program)) manager = each;
  }
  if (manager === undefined) return { state: "missing", why: `install libnftables.so.1 by hand; ${without}` };
  const { program, commands } = manager;
  const asText = commands.map((args) => `${program} ${args.join(" ")}`).join(" && ");
  if (machine.uid() !== 0) return { state: "missing", why: `as root, run: ${asText}; ${without}` };
  for (const args of commands) {
    const result = await machine.run(program, args);
    // An index that can't be refreshed is no reason not to try: the package may be in an older one.
    if (result?.code !== 0 && args === commands.at(-1)) {
      return { state: "missing", why: `${program} says: ${lastLine(result?.output ?? "")}; ${without}` };
    }
  }
  if (machine.isLoadable("libnftables.so.1")) return { state: "ok", why: `libnftables.so.1 from ${program}` };
  return { state: "missing", why: `${program} installed no libnftables.so.1; ${without}` };
}

const thisMachine: Machine = {
  isLoadable(library) {
    try {
      Deno.dlopen(library, {}).close();
      return true;
    } catch {
      return false;
    }
  },
  has: async (program) => await run(program, ["--version"]) !== undefined,
  uid: () => Deno.uid(),
  run: (program, args) => run(program, args, { DEBIAN_FRONTEND: "noninteractive" }),
};
