// Whether an attachment can still be in use: by the boot, and by the identity of its namespace. Where the namespace
// cannot be seen, its links on the node are asked as well: a veth goes with the namespace of its other end. If one is
// still there, the namespace is too, and whoever looks does not see it: from another mount namespace, say.

import { HostCallError } from "../../host-funcs/error.ts";
import { bootId, netnsId } from "../../host-funcs/sys/identity.ts";
import { ownedBy } from "./effect.ts";
import type { LedgerEntry } from "./ledger.ts";

/** Each with the reason, as a clause. In doubt an attachment is left alone. */
export type Judgement =
  | { readonly is: "alive" }
  | { readonly is: "dead"; readonly why: string }
  | { readonly is: "doubtful"; readonly why: string };

/** @param hostLinks names of the node's links */
export function judge(entry: LedgerEntry, hostLinks: ReadonlySet<string>): Judgement {
  if (entry.bootId !== bootId()) return { is: "dead", why: "it was made before the node's last boot" };
  if (entry.netns === "") return { is: "alive" };
  let id: string | undefined;
  try {
    id = netnsId(entry.netns);
  } catch (error) {
    if (error instanceof HostCallError) return { is: "doubtful", why: error.message };
    throw error;
  }
  if (id === entry.netnsId) return { is: "alive" };
  const why = id === undefined
    ? `its network namespace ${entry.netns} is gone`
    : `another network namespace is at ${entry.netns} now`;
  const link = linksOf(entry).find((name) => hostLinks.has(name));
  if (link === undefined) return { is: "dead", why };
  return {
    is: "doubtful",
    why: `${why}, but its link ${link} is still there: a process holds the namespace, or it is to be seen from the ` +
      "container runtime's mount namespace alone",
  };
}

/**
 * Judges all attachments. Where one is doubtful, the others that are gone by their path alone are as well.
 *
 * @returns the judgements in the order of the entries
 */
export function judgeAll(entries: readonly LedgerEntry[], hostLinks: ReadonlySet<string>): Judgement[] {
  const judgements = entries.map((entry) => judge(entry, hostLinks));
  if (!judgements.some(({ is }) => is === "doubtful")) return judgements;
  return judgements.map((judgement, at) => {
    const entry = entries[at]!;
    if (judgement.is !== "dead" || entry.bootId !== bootId() || linksOf(entry).length > 0) return judgement;
    return {
      is: "doubtful",
      why: `${judgement.why}, but it has no link on the node that could confirm it, and of another attachment that ` +
        "seems gone the link is still there",
    };
  });
}

/**
 * Links on the node that go with the container's namespace: the other ends of its veth pairs, also where another plugin
 * has made the pair, and this one limits it. An ifb does not go with it.
 */
function linksOf(entry: LedgerEntry): string[] {
  return ownedBy(entry.changes).flatMap((change) => {
    if (change.kind === "limit-added") return [change.link];
    return change.kind === "link-created" && change.ns === "host" && change.linkKind === "veth" ? [change.name] : [];
  });
}
