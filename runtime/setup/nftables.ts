// libnftables.so.1, which `ipMasq` and `macspoofchk` need, from the distribution's package manager.

import { installPackages, type PackageMachine, type Packages, thisMachine } from "./packages.ts";
import type { Outcome } from "./step.ts";

const PACKAGES: Packages = {
  "apt-get": ["libnftables1"],
  dnf: ["nftables"],
  zypper: ["libnftables1"],
  apk: ["nftables"],
};

/** What the step asks of the machine; a test gives its own. */
export interface Machine extends PackageMachine {
  isLoadable(library: string): boolean;
}

/** Installs libnftables where root may, otherwise says the one command that does. */
export async function installNftables(machine: Machine = { ...thisMachine, isLoadable }): Promise<Outcome> {
  if (machine.isLoadable("libnftables.so.1")) return { state: "skipped", why: "libnftables.so.1 is there" };
  const missing = (why: string): Outcome => ({
    state: "missing",
    why: `${why}; without it ipMasq, macspoofchk, portmap and firewall are refused`,
  });
  const { by, why } = await installPackages(PACKAGES, "libnftables.so.1", machine);
  if (by === undefined) return missing(why);
  if (machine.isLoadable("libnftables.so.1")) return { state: "ok", why: `libnftables.so.1 from ${by}` };
  return missing(`${by} installed no libnftables.so.1`);
}

function isLoadable(library: string): boolean {
  try {
    Deno.dlopen(library, {}).close();
    return true;
  } catch {
    return false;
  }
}
