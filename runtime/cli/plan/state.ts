// The state that a planned call works on: a directory of its own with a copy of the node's database, removed at the end.

import { HostCallError } from "../../../host-funcs/error.ts";
import { copyDatabase } from "../../../host-funcs/state/copy.ts";
import { whyUntrusted } from "../../../host-funcs/sys/trust.ts";
import type { AttachmentKey } from "../../../host-funcs/context.ts";
import { CniFailure } from "../../cni/failure.ts";
import { journalDir, parseJournal } from "../../transaction/journal.ts";

export class PlannedState {
  readonly directory: string = Deno.makeTempDirSync({ prefix: "cnidaria-plan-" });

  /** @param stateDir of the node @param note told of what could not be read */
  constructor(private readonly stateDir: string, private readonly note: (text: string) => void) {}

  /**
   * Takes the state as it is.
   *
   * @returns the directory with what an administrator has allowed
   * @throws {HostCallError} `denied`, as the ADD would
   * @throws {CniFailure} `notPlannable`
   */
  copy(): string {
    try {
      copyDatabase(this.stateDir, this.directory);
      return this.stateDir;
    } catch (error) {
      if (!(error instanceof HostCallError) || error.code === "denied") throw error;
      if (Deno.uid() === 0) {
        throw new CniFailure("notPlannable", `Cannot plan without the node's state: ${error.message}`);
      }
      this.note(
        "the plan knows of no lease, no attachment and no plugin that an administrator has allowed, as that needs root: " +
          error.message,
      );
      return this.directory;
    }
  }

  /** Tells of calls on an attachment that have not ended: an ADD waits for them, or takes back what they left. */
  noteUnfinished(key: AttachmentKey): void {
    for (const path of this.#journals()) {
      try {
        const header = parseJournal(Deno.readTextFileSync(path), path)?.header;
        if (header === undefined || JSON.stringify(header.attachment) !== JSON.stringify(key)) continue;
        const { network, containerId, ifname } = key;
        this.note(
          `a call on ${network}/${containerId}/${ifname} by plugin ${header.plugin} still runs, or was cut off: the ` +
            "next one waits for it, or takes back first what it left",
        );
      } catch {
        // It ended meanwhile, or is for the call itself to complain about.
      }
    }
  }

  /**
   * A folder of compiled components for the engine: it finds those of the node, and what it compiles itself stays here.
   *
   * @param cacheDir of the node
   */
  linkCache(cacheDir: string): string {
    const own = `${this.directory}/cache`;
    Deno.mkdirSync(own, { mode: 0o700 });
    try {
      if (whyUntrusted(Deno.statSync(cacheDir)) !== undefined) return own;
      for (const { name, isFile } of Deno.readDirSync(cacheDir)) {
        if (isFile) Deno.symlinkSync(`${cacheDir}/${name}`, `${own}/${name}`);
      }
    } catch {
      // There is none, or this user may not read it: compiling takes a second each.
    }
    return own;
  }

  remove(): void {
    Deno.removeSync(this.directory, { recursive: true });
  }

  #journals(): string[] {
    try {
      const directory = journalDir(this.stateDir);
      return [...Deno.readDirSync(directory)].map(({ name }) => `${directory}/${name}`);
    } catch {
      return [];
    }
  }
}
