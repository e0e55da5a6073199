// Network namespaces that last as long as a test: a node, a pod, a host out there. They are bind mounts in the test's
// own mount namespace, so that even a killed test leaves none. Made by util-linux and not by the code under test.

import { type CommandOptions, must, type Outcome, run, start } from "./command.ts";
import { labDirectory } from "./isolation.ts";

let made = 0;

/** A network namespace, deleted at the end of its `await using` scope. */
export class Namespace implements AsyncDisposable {
  /** Path that `nsenter --net=` and CNI_NETNS take. */
  readonly path: string;
  readonly name: string;
  #there = true;

  private constructor(name: string, path: string) {
    this.name = name;
    this.path = path;
  }

  /** @param role starts the name, for whoever reads a failure */
  static async create(role: string): Promise<Namespace> {
    const name = `${role}-${Deno.pid}-${++made}`;
    const path = `${labDirectory()}/${name}`;
    await Deno.writeTextFile(path, "");
    await must(["unshare", `--net=${path}`, "true"]);
    return new Namespace(name, path);
  }

  /** Runs a program inside. */
  run(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    return run(this.#inside(argv), options);
  }

  /** Runs a program inside that has to succeed. */
  must(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return must(this.#inside(argv), options);
  }

  /** Starts a program inside. nsenter becomes the program: its pid is the program's. */
  start(argv: readonly string[], options: CommandOptions = {}): Deno.ChildProcess {
    return start(this.#inside(argv), options);
  }

  /** `ip` of iproute2, with words separated by one space. */
  ip(words: string): Promise<string> {
    return this.must(["ip", ...words.split(" ")]);
  }

  /** What `ip -json` answers. */
  async ipJson<T>(words: string): Promise<T> {
    const text = await this.must(["ip", "-json", "-details", ...words.split(" ")]);
    return (text.trim() === "" ? [] : JSON.parse(text)) as T;
  }

  /** Whether one of three echo requests to an address is answered within a second each. */
  async ping(address: string): Promise<boolean> {
    const args = ["-n", "-q", "-c", "1", "-W", "1", address];
    for (let tries = 0; tries < 3; tries++) {
      if ((await this.run(["ping", ...args])).code === 0) return true;
    }
    return false;
  }

  /** Deletes the namespace now. A second time does nothing. */
  async delete(): Promise<void> {
    if (!this.#there) return;
    this.#there = false;
    // Detached, as container runtimes do it: a call that is being undone may still have the file open.
    await must(["umount", "--lazy", this.path]);
    await Deno.remove(this.path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.delete();
  }

  #inside(argv: readonly string[]): string[] {
    return ["nsenter", `--net=${this.path}`, "--", ...argv];
  }
}
