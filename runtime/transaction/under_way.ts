// Which attachments are being worked on, by the journals: an ADD writes down whose it is before it changes anything, and
// its journal goes after the ledger has the attachment. So what the state has of an attachment that is in neither, seen
// inside one transaction, is nobody's.

import type { AttachmentKey } from "../../host-funcs/context.ts";
import { journalDir } from "./journal.ts";

/** One text for each attachment. */
export function nameOf({ network, containerId, ifname }: AttachmentKey): string {
  return `${network}/${containerId}/${ifname}`;
}

/** The attachments whose ADD is under way, or was cut off and is not undone yet. */
export function attachmentsUnderWay(stateDir: string): AttachmentKey[] {
  return journalPaths(stateDir).map(ownerOf).filter((key) => key !== undefined);
}

/** Paths of all journals, held or left over. */
export function journalPaths(stateDir: string): string[] {
  const directory = journalDir(stateDir);
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) => name.endsWith(".jsonl")).sort()
      .map((name) => `${directory}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Whose a journal is; nobody's as long as nothing was changed. */
function ownerOf(path: string): AttachmentKey | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    // Its call has ended.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const end = text.indexOf("\n");
  if (end < 0) return undefined;
  try {
    return JSON.parse(text.slice(0, end)).header?.attachment;
  } catch {
    // Damaged, which `recover` tells of.
    return undefined;
  }
}
