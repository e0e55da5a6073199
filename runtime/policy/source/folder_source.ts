// A folder of YAML files as the source, which is read at the start and at each change. A file with something in it that is
// of no use keeps what it had before, so that a policy which is being edited stays in force.

import { pause } from "../../cluster/patience.ts";
import { type FolderObject, readFolder } from "../folder/folder.ts";
import { problemText } from "../folder/yaml_file.ts";
import { KINDS } from "../objects.ts";
import type { Observed, Source } from "./source.ts";

/** Milliseconds in which more changes are waited for: an editor makes several. */
const SETTLE_MS = 50;
/** Milliseconds until a folder that cannot be read, or watched, is looked for again. */
const AGAIN_MS = 2_000;

export class FolderSource implements Source {
  readonly type = "folder";
  /** What there is in each file. */
  #files = new Map<string, readonly FolderObject[]>();
  /** What is wrong, by the path of the file; that of the folder itself is empty. */
  readonly #troubles = new Map<string, string>();

  constructor(readonly where: string, private readonly settleMs = SETTLE_MS, private readonly againMs = AGAIN_MS) {}

  async run(observed: (event: Observed) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        // Before the first look, so that nothing is missed between.
        using watcher = Deno.watchFs(this.where, { recursive: true });
        const end = () => watcher.close();
        signal.addEventListener("abort", end);
        try {
          this.#look(observed);
          await this.#follow(watcher, observed, signal);
        } finally {
          signal.removeEventListener("abort", end);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#trouble("", `Cannot read the folder of policies ${this.where} as ${(error as Error).message}`, observed);
        await pause(this.againMs, signal);
      }
    }
  }

  async #follow(watcher: Deno.FsWatcher, observed: (event: Observed) => void, signal: AbortSignal): Promise<void> {
    let due: ReturnType<typeof setTimeout> | undefined;
    try {
      for await (const { kind, paths } of watcher) {
        if (signal.aborted) return;
        if (kind === "access") continue;
        if (kind === "remove" && paths.includes(this.where)) throw new Error("it was removed");
        due ??= setTimeout(() => {
          due = undefined;
          try {
            this.#look(observed);
          } catch (error) {
            const why = (error as Error).message;
            this.#trouble("", `Cannot read the folder of policies ${this.where} as ${why}`, observed);
          }
        }, this.settleMs);
      }
    } finally {
      clearTimeout(due);
    }
  }

  #look(observed: (event: Observed) => void): void {
    const { objects, problems } = readFolder(this.where, true);
    this.#well("", observed);
    const read: Map<string, readonly FolderObject[]> = Map.groupBy(objects, ({ file }) => file);
    const wrong = Map.groupBy(problems, ({ file }) => file);
    for (const file of [...this.#troubles.keys()]) if (file !== "" && !wrong.has(file)) this.#well(file, observed);
    for (const [file, [first, ...others]] of wrong) {
      const before = this.#files.get(file);
      if (before === undefined) read.delete(file);
      else read.set(file, before);
      const more = others.length === 0 ? "" : `; and ${others.length} more`;
      const stays = before === undefined ? "nothing of this file is used" : "what it had before stays in force";
      this.#trouble(file, `Cannot use ${problemText(first!)}${more}; ${stays}`, observed);
    }
    this.#files = read;
    const all = [...read.keys()].sort().flatMap((file) => read.get(file)!);
    for (const kind of KINDS) {
      observed({ tell: "all", kind, objects: all.filter((it) => it.kind === kind).map(({ json }) => json) });
    }
  }

  #trouble(file: string, why: string, observed: (event: Observed) => void): void {
    if (this.#troubles.get(file) === why) return;
    this.#troubles.set(file, why);
    observed({ tell: "trouble", about: file || this.where, why });
  }

  #well(file: string, observed: (event: Observed) => void): void {
    if (this.#troubles.delete(file)) observed({ tell: "well", about: file || this.where });
  }
}
