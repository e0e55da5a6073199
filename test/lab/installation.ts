// Versions of the program, installed one over the other as an upgrade does it.

import { PROGRAM_VERSION } from "../../runtime/program_version.ts";
import type { Target } from "./cni_call.ts";
import { must } from "./command.ts";
import type { Node } from "./node.ts";

const DIST = new URL("../../dist", import.meta.url).pathname;
/** What a build of the next version says of itself. */
export const NEXT_VERSION = PROGRAM_VERSION.replace(/\d+$/, (patch) => String(Number(patch) + 1));

/** The version as the bundle has it: a constant in every chunk that needs it. */
const VERSION_CONSTANT = `="${PROGRAM_VERSION}";`;

/** A CNI bin folder of its own with its prefix, removed at the end of its `await using` scope. */
export class Installation implements AsyncDisposable {
  private constructor(private readonly directory: string, readonly node: Node) {}

  static async create(node: Node): Promise<Installation> {
    return new Installation(await Deno.makeTempDir({ prefix: "cnidaria-upgrade-" }), node);
  }

  /**
   * Calls of what is installed go through an agent, where one of the same release runs. Where the state is they know
   * from the installation.
   */
  get target(): Target {
    const environment = (node: Node) => ({ CNIDARIA_SOCKET: `${node.directory}/agent.sock` });
    return { name: "cnidaria", ours: true, directory: `${this.directory}/bin`, environment };
  }

  /** Installs a build by its own `cnidaria install`. */
  async install(dist = DIST): Promise<void> {
    const command = [
      Deno.execPath(),
      "run",
      "-A",
      "--no-config",
      `${dist}/cnidaria.js`,
      "install",
      this.target.directory,
    ];
    const options = ["--prefix", `${this.directory}/prefix`, "--drop-in", "bridge,host-local"];
    await must([...command, ...options], { env: { CNIDARIA_STATE: this.node.stateDirectory }, limit: 120_000 });
  }

  /** A copy of the build that differs by its version. @returns its folder, for `install` */
  async nextBuild(): Promise<string> {
    const next = `${this.directory}/next`;
    await must(["cp", "-a", DIST, next]);
    let changed = 0;
    for await (const { name } of Deno.readDir(`${next}/chunks`)) {
      const path = `${next}/chunks/${name}`;
      const text = await Deno.readTextFile(path);
      if (!text.includes(VERSION_CONSTANT)) continue;
      await Deno.writeTextFile(path, text.replaceAll(VERSION_CONSTANT, `="${NEXT_VERSION}";`));
      changed++;
    }
    if (changed === 0) throw new Error(`Cannot make a next version as no chunk has this one: ${DIST}/chunks`);
    return next;
  }

  /** What a command of what is installed answers as JSON. */
  async json<T>(...words: string[]): Promise<T> {
    const env = this.target.environment(this.node);
    return JSON.parse(
      await this.node.namespace.must([`${this.target.directory}/cnidaria`, ...words, "--json"], { env }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}
