// Repair before its time: as soon as someone else has deleted what the packet filter has for pods. `nft flush ruleset`
// opens an isolated pod, and takes the masquerade of others: that is not to last until the next round.

import { DeletionWatch } from "../../../host-funcs/firewall/deletion_watch.ts";
import { isAnythingLost } from "../../../host-funcs/firewall/lost.ts";
import { packetFilter } from "../../../host-funcs/firewall/packet_filter.ts";
import { openDatabase } from "../../../host-funcs/state/open_database.ts";
import { currentNamespace } from "../../../host-funcs/sys/namespace.ts";
import { stateDir } from "../../paths.ts";
import { hasState } from "../../transaction/garbage.ts";
import type { Report } from "./report.ts";

/** As many looks as it takes until two agree, see `two_looks.ts`. */
const LOOKS = 2;
/** Milliseconds after which a wait begins anew. */
const WAIT_MS = 60_000;

export class PromptRepair {
  readonly #report: Report;
  readonly #repair: () => Promise<void>;
  readonly #watch: DeletionWatch | undefined;
  #deleted = false;
  #looks = 0;

  /** @param repair one round */
  constructor(report: Report, repair: () => Promise<void>) {
    this.#report = report;
    this.#repair = repair;
    try {
      this.#watch = new DeletionWatch(currentNamespace());
    } catch (error) {
      report.line("warn", "what someone deletes from the packet filter is found by rounds of repair alone", {
        why: (error as Error).message,
      });
    }
  }

  /** Listens until it is closed. */
  async listen(): Promise<void> {
    const watch = this.#watch;
    if (watch === undefined) return;
    try {
      while (!this.#closed) if (await watch.wait(WAIT_MS)) this.#deleted = true;
    } catch (error) {
      this.#report.line("error", "hears no more of what is deleted from the packet filter", {
        why: (error as Error).message,
      });
    }
  }

  #closed = false;

  close(): void {
    this.#closed = true;
    this.#watch?.close();
  }

  isWanted(): boolean {
    return this.#deleted || this.#looks > 0;
  }

  /** Calls of the program delete as well, and all the time: then the state no longer has it, and there is nothing to do. */
  async run(): Promise<void> {
    if (this.#deleted) {
      this.#deleted = false;
      if (isLost()) this.#looks = LOOKS;
    }
    if (this.#looks === 0) return;
    this.#looks--;
    await this.#repair();
  }
}

function isLost(): boolean {
  if (!hasState(stateDir())) return false;
  const database = openDatabase(stateDir());
  try {
    return isAnythingLost(database, packetFilter());
  } finally {
    database.close();
  }
}
