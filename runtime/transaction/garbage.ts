// What a node holds for nobody: attachments whose container is dead, what died before the ledger had it, and what a
// reboot left. Looking changes nothing.

import type { AttachmentKey } from "../../host-funcs/context.ts";
import type { KernelElement, OrphanElement } from "../../host-funcs/firewall/orphans.ts";
import type { DeadLease } from "../../host-funcs/leases/dead.ts";
import { listLinks } from "../../host-funcs/links/look_up.ts";
import { type Database, transaction } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { currentNamespace } from "../../host-funcs/sys/namespace.ts";
import { openNetlink } from "../../host-funcs/sys/netlink_socket.ts";
import { judgeAll } from "./dead_attachment.ts";
import { Journal } from "./journal.ts";
import { entriesOf, type StoredEntry } from "./ledger.ts";
import { ORPHANS, viewOf } from "./orphans.ts";
import { journalPaths, nameOf } from "./under_way.ts";

/** One thing that is held for nobody. */
export type Garbage =
  & {
    /** What it is, for a person. */
    readonly what: string;
    /** Why nobody has it any more, as a clause. */
    readonly why: string;
    /** Empty for what belongs to no network. */
    readonly network: string;
  }
  & (
    | { readonly kind: "journal"; readonly path: string }
    | { readonly kind: "attachment"; readonly entry: StoredEntry }
    | Orphan
  );

/** What has no row in the ledger. */
export type Orphan =
  | { readonly kind: "lease"; readonly lease: DeadLease }
  | { readonly kind: "firewall-element"; readonly element: OrphanElement }
  | { readonly kind: "notes"; readonly attachment: AttachmentKey }
  | { readonly kind: "kernel-element"; readonly element: KernelElement };

/** What one look has found. A daemon keeps it until its next look: see `collectGarbage`. */
export interface Observation {
  /** By an id that names this very thing and no later one of the same name. */
  readonly found: ReadonlyMap<string, Garbage>;
  /** What seems dead, and may not be: it is left alone. */
  readonly doubtful: readonly { readonly what: string; readonly why: string; readonly network: string }[];
}

/** Where to look. */
export interface Place {
  readonly stateDir: string;
  /** Only what belongs to it; all networks, and what belongs to none, unless given. */
  readonly network?: string;
}

const NOTHING: Observation = { found: new Map(), doubtful: [] };

/**
 * Looks once. Where there is no state it makes none.
 *
 * @throws {HostCallError} if the state or the kernel cannot be read
 */
export function lookForGarbage(place: Place): Observation {
  if (!hasState(place.stateDir)) return NOTHING;
  const database = openDatabase(place.stateDir);
  try {
    const [journals, attachments] = [lookAtJournals(place), lookAtAttachments(place, database)];
    const orphans = transaction(database, () => {
      const view = viewOf(place, database);
      return Object.values(ORPHANS).flatMap((kind) => [...kind.look(view)]);
    });
    return {
      found: new Map([...journals.found, ...attachments.found, ...orphans]),
      doubtful: [...journals.doubtful, ...attachments.doubtful],
    };
  } finally {
    database.close();
  }
}

/** Journals that no living process holds. */
function lookAtJournals({ stateDir, network }: Place): Observation {
  const found = new Map<string, Garbage>();
  const doubtful: { what: string; why: string; network: string }[] = [];
  for (const path of journalPaths(stateDir)) {
    const journal = Journal.openPath(path, 0, false);
    if (journal === undefined) continue;
    try {
      const stale = journal.stale();
      const owner = stale?.header.attachment;
      if (network !== undefined && owner?.network !== network) continue;
      found.set(`journal ${path} ${Deno.statSync(path).ino}`, {
        kind: "journal",
        path,
        network: owner?.network ?? "",
        what: owner === undefined ? `journal ${path}` : `journal of ${nameOf(owner)}`,
        why: stale === undefined
          ? "a process that died left it, and had changed nothing"
          : `a process that died left ${stale.changes.length} changes, which are not undone yet`,
      });
    } catch (error) {
      doubtful.push({ what: `journal ${path}`, why: (error as Error).message, network: "" });
    } finally {
      journal.close();
    }
  }
  return { found, doubtful };
}

function lookAtAttachments({ network }: Place, database: Database): Observation {
  const found = new Map<string, Garbage>();
  const doubtful: { what: string; why: string; network: string }[] = [];
  const entries = entriesOf(database);
  const judgements = entries.length === 0 ? [] : judgeAll(entries, linksOfNode());
  entries.forEach((entry, at) => {
    const judgement = judgements[at]!;
    if (judgement.is === "alive" || (network !== undefined && entry.attachment.network !== network)) return;
    const about = {
      what: `attachment ${nameOf(entry.attachment)} by plugin ${entry.plugin}${podOf(entry)}`,
      why: judgement.why,
      network: entry.attachment.network,
    };
    if (judgement.is === "doubtful") doubtful.push(about);
    else found.set(idOf(entry), { kind: "attachment", entry, ...about });
  });
  return { found, doubtful };
}

/** The pod, where CNI_ARGS named one. */
function podOf({ rawArgs }: StoredEntry): string {
  const args = new Map(rawArgs.split(";").map((pair) => [pair.split("=")[0], pair.slice(pair.indexOf("=") + 1)]));
  const name = args.get("K8S_POD_NAME");
  return name === undefined ? "" : ` for pod ${args.get("K8S_POD_NAMESPACE") ?? ""}/${name}`;
}

/** Names this row, and none that is written later. */
function idOf({ attachment, plugin, createdAt, bootId, netnsId }: StoredEntry): string {
  return `attachment ${nameOf(attachment)} ${plugin} ${createdAt} ${bootId} ${netnsId}`;
}

/** Names of the node's links. */
export function linksOfNode(): Set<string> {
  const netlink = openNetlink(currentNamespace());
  try {
    return new Set(listLinks(netlink, "host").map(({ name }) => name));
  } finally {
    netlink.close();
  }
}

/** Whether there is anything to look at. */
export function hasState(stateDir: string): boolean {
  try {
    return Deno.statSync(stateDir).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
