// For tests: an installation with the plugin `guest`, which is the smallest component, and the command line on it.

import { Installation } from "../../../plugin/admission/testing/installation.ts";
import { main } from "../../main.ts";
import { recordedOutput } from "../../output.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const VARIABLES = ["CNIDARIA_LIB", "CNIDARIA_STATE", "DOCKER_CONFIG", "SSL_CERT_FILE"];

export class Site implements AsyncDisposable {
  readonly #before = new Map(VARIABLES.map((name) => [name, Deno.env.get(name)]));

  private constructor(readonly installation: Installation) {
    const { libDir, stateDir, directory } = installation;
    Deno.env.set("CNIDARIA_LIB", libDir);
    Deno.env.set("CNIDARIA_STATE", stateDir);
    Deno.env.set("DOCKER_CONFIG", directory);
    Deno.env.delete("SSL_CERT_FILE");
  }

  static async create(manifest: Record<string, unknown> = {}): Promise<Site> {
    return new Site(await Installation.create({ version: "1.0", description: "a guest", ...manifest }));
  }

  get directory(): string {
    return this.installation.directory;
  }

  /** `cnidaria plugin …` */
  async run(...args: string[]): Promise<Outcome> {
    const output = recordedOutput();
    const code = await main(["plugin", ...args], output);
    return { code, out: output.out.join("\n"), err: output.err.join("\n") };
  }

  /** As `docker login` writes them. */
  async logIn(host: string, user: string, password: string): Promise<void> {
    const auths = { [host]: { auth: btoa(`${user}:${password}`) } };
    await Deno.writeTextFile(`${this.directory}/config.json`, JSON.stringify({ auths }));
  }

  /** What is in a folder, hidden things too; nothing where there is none. */
  list(name: string): string[] {
    try {
      return [...Deno.readDirSync(`${this.directory}/${name}`)].map((entry) => entry.name).sort();
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, value] of this.#before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    await this.installation[Symbol.asyncDispose]();
  }
}
