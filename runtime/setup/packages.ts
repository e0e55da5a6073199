// What only a distribution has: installed by its package manager where root may, else said as a command to run.

import { lastLine, run } from "./command.ts";

/** Names of the packages, for each package manager that is known. */
export interface Packages {
  readonly "apt-get": readonly string[];
  readonly dnf: readonly string[];
  readonly zypper: readonly string[];
  readonly apk: readonly string[];
}

type Manager = keyof Packages;

/** The commands of each package manager, the last without the packages' names. */
const COMMANDS: Readonly<Record<Manager, readonly (readonly string[])[]>> = {
  "apt-get": [["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends"]],
  dnf: [["install", "-q", "-y"]],
  zypper: [["--non-interactive", "--quiet", "install"]],
  apk: [["add", "--quiet"]],
};

/** What installing asks of the machine; a test gives its own. */
export interface PackageMachine {
  has(program: string): Promise<boolean>;
  uid(): number | null;
  run(program: string, args: readonly string[]): Promise<{ code: number; output: string } | undefined>;
}

/**
 * Installs packages.
 *
 * @param what that which is in them, as a person is told
 * @returns the package manager that did it, or why none did: a clause that says what to do
 */
export async function installPackages(
  packages: Packages,
  what: string,
  machine: PackageMachine,
): Promise<{ by: Manager; why?: undefined } | { by?: undefined; why: string }> {
  let manager: Manager | undefined;
  for (const each of Object.keys(COMMANDS) as Manager[]) {
    if (manager === undefined && await machine.has(each)) manager = each;
  }
  if (manager === undefined) return { why: `install ${what} by hand` };
  const commands = COMMANDS[manager].map((args, index, all) =>
    index === all.length - 1 ? [...args, ...packages[manager]] : args
  );
  const asText = commands.map((args) => `${manager} ${args.join(" ")}`).join(" && ");
  if (machine.uid() !== 0) return { why: `as root, run: ${asText}` };
  for (const args of commands) {
    const result = await machine.run(manager, args);
    // An index that can't be refreshed is no reason not to try: the package may be in an older one.
    if (result?.code !== 0 && args === commands.at(-1)) {
      return { why: `${manager} says: ${lastLine(result?.output ?? "")}` };
    }
  }
  return { by: manager };
}

/** The machine that the set-up runs on. */
export const thisMachine: PackageMachine = {
  has: async (program) => await run(program, ["--version"]) !== undefined,
  uid: () => Deno.uid(),
  run: (program, args) => run(program, args, { DEBIAN_FRONTEND: "noninteractive" }),
};
