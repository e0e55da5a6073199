// An installation that has a plugin which did not come with cnidaria.

import { buildPlugin } from "../../plugins/sdk/build.ts";
import { findEntry, install } from "../../runtime/setup/install/install.ts";
import type { Target } from "../lab/cni_call.ts";
import { type Outcome, run } from "../lab/command.ts";
import type { Node } from "../lab/node.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Where the example of that name is built. */
export function builtExample(name: string): string {
  return `${ROOT}dist/examples/${name}`;
}

/** An installation with another plugin beside those that came with it. */
export class Guest implements AsyncDisposable {
  private constructor(readonly name: string, readonly directory: string, readonly libDir: string) {}

  /** @param name of a folder in examples/, which is built */
  static async create(name: string): Promise<Guest> {
    await buildPlugin(`${ROOT}examples/${name}`, builtExample(name));
    return Guest.with(name, builtExample(name));
  }

  /** @param built folder of a plugin that is built */
  static async with(name: string, built: string): Promise<Guest> {
    const directory = await Deno.makeTempDir({ prefix: "cnidaria-guest-" });
    const dist = `${directory}/dist`;
    await run(["cp", "-r", `${ROOT}dist`, dist]);
    await run(["cp", "-r", built, `${dist}/plugins/${name}`]);
    const places = { prefix: `${directory}/prefix`, binDir: `${directory}/bin`, stateDir: "/var/lib/cnidaria" };
    const executable = { kind: "deno" as const, path: Deno.execPath() };
    const entry = await findEntry(dist);
    await install({ ...places, dist, dropIns: ["bridge"], force: false, executable, entry });
    const [release] = [...Deno.readDirSync(`${places.prefix}/releases`)];
    return new Guest(name, directory, `${places.prefix}/releases/${release!.name}/lib/cnidaria`);
  }

  target(engine: string): Target {
    return {
      name: `cnidaria/${engine}`,
      ours: true,
      directory: `${this.directory}/bin`,
      environment: (node) => ({ CNIDARIA_STATE: node.stateDirectory, CNIDARIA_ENGINE: engine }),
    };
  }

  /** The installed command line's `plugin`. */
  installed(node: Node, ...args: string[]): Promise<Outcome> {
    return this.command(node, "plugin", ...args);
  }

  /** The installed command line. */
  command(node: Node, ...args: string[]): Promise<Outcome> {
    return run([`${this.directory}/bin/cnidaria`, ...args], {
      env: { CNIDARIA_STATE: node.stateDirectory },
    });
  }

  /** The command line of the checkout, which has jco. */
  checkout(node: Node, ...args: string[]): Promise<Outcome> {
    return run([Deno.execPath(), "run", "-A", `${ROOT}runtime/main.ts`, "plugin", ...args], {
      env: { CNIDARIA_STATE: node.stateDirectory, CNIDARIA_LIB: this.libDir },
    });
  }

  get folder(): string {
    return `${this.libDir}/plugins/${this.name}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Deno.remove(this.directory, { recursive: true });
  }
}
