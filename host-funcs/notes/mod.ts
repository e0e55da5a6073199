// The `notes` interface: what a plugin wants to know again at DEL or CHECK. Gone with the attachment's ledger rows.

import type * as Notes from "cnidaria:cni/notes@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { transaction } from "../state/database.ts";

/** Bytes of UTF-8. */
const largestNote = 64 * 1024;
const longestKey = 256;
/** Bounds what one attachment can make the node keep. */
const mostNotes = 64;

/** The host functions of `notes` for one call. The plugins of one attachment share them. */
export function createNotes(context: HostContext): typeof Notes {
  return {
    get: (key) => readNote(context, key),
    put: (key, value) => {
      checkSize("key of a note", key.slice(0, 40), key, longestKey);
      checkSize("note", key, value, largestNote);
      const database = context.database();
      transaction(database, () => {
        const before = readNote(context, key);
        if (before === undefined && countNotes(context) >= mostNotes) {
          throw new HostCallError("exhausted", `Cannot keep a note as the attachment has ${mostNotes} already: ${key}`);
        }
        context.record({ kind: "note-put", key, ...before === undefined ? {} : { before } });
        writeNote(context, key, value);
      });
    },
  };
}

/** Sets a note, or removes it where `value` is undefined; written down nowhere. */
export function writeNote(context: HostContext, key: string, value: string | undefined): void {
  const { network, containerId, ifname } = context.attachment;
  const database = context.database();
  if (value === undefined) {
    database.run(
      "DELETE FROM notes WHERE network = ? AND container_id = ? AND ifname = ? AND key = ?",
      network,
      containerId,
      ifname,
      key,
    );
    return;
  }
  database.run(
    "INSERT OR REPLACE INTO notes (network, container_id, ifname, key, value) VALUES (?, ?, ?, ?, ?)",
    network,
    containerId,
    ifname,
    key,
    value,
  );
}

function readNote(context: HostContext, key: string): string | undefined {
  const { network, containerId, ifname } = context.attachment;
  const row = context.database().get(
    "SELECT value FROM notes WHERE network = ? AND container_id = ? AND ifname = ? AND key = ?",
    network,
    containerId,
    ifname,
    key,
  );
  return row === undefined ? undefined : String(row.value);
}

function countNotes(context: HostContext): number {
  const { network, containerId, ifname } = context.attachment;
  const row = context.database().get(
    "SELECT count(*) AS notes FROM notes WHERE network = ? AND container_id = ? AND ifname = ?",
    network,
    containerId,
    ifname,
  );
  return Number(row?.notes);
}

function checkSize(what: string, name: string, text: string, limit: number): void {
  const size = text.length > limit ? text.length : new TextEncoder().encode(text).length;
  if (size <= limit) return;
  throw new HostCallError("invalid", `Cannot keep the ${what} as it is ${size} bytes long, above ${limit}: ${name}`);
}
