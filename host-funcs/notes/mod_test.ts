import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { createNotes } from "./mod.ts";
import { deleteNotes, orphanNotes } from "./orphans.ts";
import { undoNoteChange } from "./undo.ts";
import type { Change } from "../change.ts";

Deno.test("notes belong to one attachment", () =>
  withDatabase((database) => {
    createNotes(fakeContext(database)).put("config", "{}");
    assertEquals(createNotes(fakeContext(database)).get("config"), "{}");
    assertEquals(createNotes(fakeContext(database)).get("other"), undefined);
    assertEquals(createNotes(fakeContext(database, { ifname: "eth1" })).get("config"), undefined);
    assertEquals(createNotes(fakeContext(database, { network: "two" })).get("config"), undefined);
  }));

Deno.test("undoNoteChange() brings back what was", () =>
  withDatabase((database) => {
    const context = fakeContext(database);
    const notes = createNotes(context);
    notes.put("k", "one");
    notes.put("k", "two");
    assertEquals(context.changes, [{ kind: "note-put", key: "k" }, { kind: "note-put", key: "k", before: "one" }]);
    undoNoteChange(context, context.changes[1] as Extract<Change, { kind: "note-put" }>);
    assertEquals(notes.get("k"), "one");
    undoNoteChange(context, context.changes[0] as Extract<Change, { kind: "note-put" }>);
    assertEquals(notes.get("k"), undefined);
  }));

Deno.test("put() takes 64 KiB of UTF-8 and no more", () =>
  withDatabase((database) => {
    const notes = createNotes(fakeContext(database));
    notes.put("k", "x".repeat(64 * 1024));
    assertThrows(() => notes.put("k", "x".repeat(64 * 1024 + 1)), HostCallError, "65537 bytes long, above 65536: k");
    assertThrows(() => notes.put("k", "ü".repeat(40 * 1024)), HostCallError, "81920 bytes long");
    assertThrows(() => notes.put("x".repeat(257), ""), HostCallError, "key of a note");
  }));

Deno.test("put() keeps at most 64 notes", () =>
  withDatabase((database) => {
    const notes = createNotes(fakeContext(database));
    for (let at = 0; at < 64; at++) notes.put(`k${at}`, "");
    notes.put("k5", "again");
    assertThrows(() => notes.put("k64", ""), HostCallError, "has 64 already");
  }));

Deno.test("a note that could not be written down is not kept", () =>
  withDatabase((database) => {
    const context = {
      ...fakeContext(database),
      record: () => {
        throw new Error("journal full");
      },
    };
    assertThrows(() => createNotes(context).put("k", "v"), Error, "journal full");
    assertEquals(createNotes(context).get("k"), undefined);
  }));

Deno.test("deleteNotes() removes those of the attachment alone", () =>
  withDatabase((database) => {
    const other = fakeContext(database, { containerId: "c2" });
    createNotes(fakeContext(database)).put("k", "v");
    createNotes(other).put("k", "w");
    deleteNotes(database, fakeContext(database).attachment);
    assertEquals(createNotes(fakeContext(database)).get("k"), undefined);
    assertEquals(createNotes(other).get("k"), "w");
  }));

Deno.test("orphanNotes() names attachments that the ledger does not have, of a network or of all", () =>
  withDatabase((database) => {
    const keys = [["net", "a"], ["net", "b"], ["two", "c"]].map(([network, containerId]) => ({
      network: network!,
      containerId: containerId!,
      ifname: "eth0",
    }));
    for (const attachment of keys) {
      const notes = createNotes(fakeContext(database, attachment));
      notes.put("k", "v");
      notes.put("l", "v");
    }
    database.run(
      "INSERT INTO attachments VALUES ('net', 'a', 'eth0', 'bridge', '', '', '', '{}', '', '{}', '[]', 0, '', '')",
    );
    assertEquals(orphanNotes(database), keys.slice(1));
    assertEquals(orphanNotes(database, "net"), [keys[1]]);
    deleteNotes(database, keys[1]!);
    assertEquals(orphanNotes(database), [keys[2]]);
  }));
