// Removes what belongs to no attachment: each kind in a transaction of its own, in which it is looked for once more.

import type { HostContext } from "../../host-funcs/context.ts";
import { type Database, transaction } from "../../host-funcs/state/database.ts";
import type { Garbage, Orphan } from "./garbage.ts";
import { ORPHANS, type View } from "./orphans.ts";

/** What became of one kind: what was removed, or the failure for which nothing was. */
export interface OrphanRemoval {
  readonly kind: Orphan["kind"];
  readonly removed: ReadonlyMap<string, Garbage>;
  readonly failure?: Error;
}

/**
 * Removes orphans. What is not there any more, or is no orphan any more, is left out.
 *
 * @param view made anew inside each transaction
 * @param isWanted which of those that are found to remove
 */
export function removeOrphans(
  database: Database,
  view: () => View,
  isWanted: (garbage: Garbage, id: string) => boolean,
  log: Pick<HostContext, "log">,
): OrphanRemoval[] {
  const removeKind = <K extends Orphan["kind"]>(kind: K): OrphanRemoval => {
    const { look, remove } = ORPHANS[kind];
    try {
      const removed = transaction(database, () => {
        const now = view();
        const wanted = new Map([...look(now)].filter(([id, garbage]) => isWanted(garbage, id)));
        remove(now, [...wanted.values()], log);
        return wanted;
      });
      return { kind, removed };
    } catch (error) {
      return { kind, removed: new Map(), failure: error as Error };
    }
  };
  return (Object.keys(ORPHANS) as Orphan["kind"][]).map((kind) => removeKind(kind));
}
