// A folder of YAML files as the source: ordinary Kubernetes objects, several in a file with `---` between them. It is read
// at the start and at each change. A file that is of no use keeps what it last had that was, so that a policy which is
// being edited stays in force.

import { parseAllDocuments } from "yaml";
import { pause } from "../../cluster/patience.ts";
import { type Kind, KINDS } from "../objects.ts";
import type { Observed, Source } from "./source.ts";

/** Milliseconds in which more changes are waited for: an editor makes several. */
const SETTLE_MS = 50;
/** Milliseconds until a folder that cannot be read, or watched, is looked for again. */
const AGAIN_MS = 2_000;
/** Bytes of a file, which is read whole. */
const FILE_LIMIT = 16 * 1024 * 1024;

type FileObjects = readonly { readonly kind: Kind; readonly object: unknown }[];

export class FolderSource implements Source {
  readonly type = "folder";
  readonly #files = new Map<string, FileObjects>();
  /** What is wrong, by name of the file; that of the folder itself is empty. */
  readonly #troubles = new Map<string, string>();

  constructor(readonly where: string, private readonly settleMs = SETTLE_MS, private readonly againMs = AGAIN_MS) {}

  async run(observed: (event: Observed) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        // Before the first look, so that nothing is missed between.
        using watcher = Deno.watchFs(this.where, { recursive: false });
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
    const names = [...Deno.readDirSync(this.where)].map(({ name }) => name)
      .filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith(".")).sort();
    this.#well("", observed);
    for (const name of [...this.#files.keys(), ...this.#troubles.keys()]) {
      if (name === "" || names.includes(name)) continue;
      this.#files.delete(name);
      this.#well(name, observed);
    }
    for (const name of names) {
      try {
        this.#files.set(name, readFile(`${this.where}/${name}`));
        this.#well(name, observed);
      } catch (error) {
        const stays = this.#files.has(name) ? "; what it had before stays in force" : "";
        const why = `Cannot use ${this.where}/${name} as ${(error as Error).message}${stays}`;
        this.#trouble(name, why, observed);
      }
    }
    const all = [...this.#files.values()].flat();
    for (const kind of KINDS) {
      observed({ tell: "all", kind, objects: all.filter((it) => it.kind === kind).map(({ object }) => object) });
    }
  }

  #trouble(name: string, why: string, observed: (event: Observed) => void): void {
    if (this.#troubles.get(name) === why) return;
    this.#troubles.set(name, why);
    observed({ tell: "trouble", about: name || this.where, why });
  }

  #well(name: string, observed: (event: Observed) => void): void {
    if (this.#troubles.delete(name)) observed({ tell: "well", about: name || this.where });
  }
}

/** @throws {Error} completes "as" */
function readFile(path: string): FileObjects {
  if (Deno.statSync(path).size > FILE_LIMIT) throw new Error(`it has more than ${FILE_LIMIT} bytes`);
  const documents = parseAllDocuments(Deno.readTextFileSync(path));
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`it is no YAML: ${error.message.split("\n")[0]}`);
    return objectsOf(document.toJS());
  });
}

function objectsOf(json: unknown): FileObjects {
  if (json === null || json === undefined) return [];
  const { kind, items, metadata } = json as { kind?: unknown; items?: unknown; metadata?: { name?: unknown } };
  if (kind === "List" && Array.isArray(items)) return items.flatMap(objectsOf);
  if (typeof kind !== "string") throw new Error('it has something without "kind"');
  if (!(KINDS as readonly string[]).includes(kind)) {
    throw new Error(`it has a ${JSON.stringify(kind.slice(0, 80))}; expected ${KINDS.join(", ")}`);
  }
  const name = metadata?.name;
  if (typeof name !== "string" || name === "") throw new Error(`it has a ${kind} without "metadata.name"`);
  if (kind !== "Pod" && kind !== "NetworkPolicy") return [{ kind: kind as Kind, object: json }];
  // As kubectl does without --namespace.
  return [{ kind, object: { ...json as object, metadata: { namespace: "default", ...metadata } } }];
}
