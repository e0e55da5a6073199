// The call log: what each CNI call of an attachment did, one line of JSON a call, for `cnidaria trace`. It is bounded:
// attachments share a fixed number of files, and each is begun anew when it is full, with one older kept.

import { fileNameOf } from "../../host-funcs/state/file_name.ts";
import type { CallTrace } from "./trace.ts";

const SLOTS = 64;
/** Bytes of one file: 64 MiB in all, some 5,000 ADDs. */
const SLOT_BYTES = 512 * 1024;

/** Adds a call. A log that cannot be written does not fail it. */
export function logCall(stateDir: string, trace: CallTrace): void {
  const path = slotPath(stateDir, slotOf(trace.attachment.containerId));
  const bytes = new TextEncoder().encode(`${JSON.stringify(trace)}\n`);
  try {
    using file = openSlot(path);
    // One write to a file opened for appending: lines of two processes do not mix.
    file.writeSync(bytes);
    if (file.statSync().size > SLOT_BYTES) Deno.renameSync(path, `${path}.old`);
  } catch {
    // The call's own answer matters more.
  }
}

/**
 * The calls on attachments of a container, the oldest first.
 *
 * @param containerId or how it begins
 */
export function callsOf(stateDir: string, containerId: string): CallTrace[] {
  const calls: CallTrace[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    for (const path of [`${slotPath(stateDir, slot)}.old`, slotPath(stateDir, slot)]) {
      calls.push(...readSlot(path).filter((call) => call.attachment.containerId.startsWith(containerId)));
    }
  }
  return calls.sort((a, b) => a.at.localeCompare(b.at));
}

function slotOf(containerId: string): number {
  return Number.parseInt(fileNameOf([containerId]).slice(0, 4), 16) % SLOTS;
}

function slotPath(stateDir: string, slot: number): string {
  return `${stateDir}/calls/${String(slot).padStart(2, "0")}.jsonl`;
}

function openSlot(path: string): Deno.FsFile {
  const open = () => Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  try {
    return open();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    return open();
  }
}

/** A line that is damaged, as the last can be when the disk is full, is left out. */
function readSlot(path: string): CallTrace[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as CallTrace];
    } catch {
      return [];
    }
  });
}
