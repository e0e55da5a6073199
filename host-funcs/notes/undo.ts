// Takes changes of notes back.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { writeNote } from "./mod.ts";

/** Sets the note to what it was, or removes it if there was none. */
export function undoNoteChange(context: HostContext, change: Extract<Change, { kind: "note-put" }>): void {
  writeNote(context, change.key, change.before);
}
