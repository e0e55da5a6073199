import { assertEquals, assertRejects } from "@std/assert";
import { CniFailure } from "../cni/failure.ts";
import { Journal, journalDir } from "./journal.ts";
import { removeAttachment } from "./remove_attachment.ts";
import { entryOf, withLedger } from "./testing.ts";

const journals = (stateDir: string) => [...Deno.readDirSync(journalDir(stateDir))].length;
const sure = () => undefined;

Deno.test("removeAttachment() removes by the ledger alone, once", () =>
  withLedger([entryOf("a")], async (remover, stored) => {
    const found = stored("a")!;
    assertEquals(await removeAttachment(remover, found, sure), { outcome: "removed" });
    assertEquals([stored("a"), journals(remover.stateDir)], [undefined, 0]);
    assertEquals(await removeAttachment(remover, found, sure), { outcome: "gone" });
    assertEquals(journals(remover.stateDir), 0);
  }));

Deno.test("removeAttachment() leaves what the last look keeps, and what is not the row that was found", () =>
  withLedger([entryOf("a")], async (remover, stored) => {
    const found = stored("a")!;
    assertEquals(await removeAttachment(remover, found, () => "it is in use"), {
      outcome: "kept",
      why: "it is in use",
    });
    const anew = { outcome: "kept", why: "it was made anew meanwhile" } as const;
    for (const other of [{ createdAt: found.createdAt - 1 }, { bootId: "x" }, { netnsId: "0:4:2" }]) {
      assertEquals(await removeAttachment(remover, { ...found, ...other }, sure), anew);
    }
    assertEquals([stored("a"), journals(remover.stateDir)], [found, 0]);
  }));

Deno.test("removeAttachment() does not wait for a call that works on the attachment", () =>
  withLedger([entryOf("a")], async (remover, stored) => {
    const found = stored("a")!;
    const journal = Journal.open(remover.stateDir, found.attachment, found.plugin, 0);
    const kept = await removeAttachment(remover, found, sure);
    assertEquals(kept, { outcome: "kept", why: "a call on it is under way" });
    journal.finish();
    assertEquals(await removeAttachment(remover, found, sure), { outcome: "removed" });
  }));

Deno.test("removeAttachment() keeps the row of what could not be taken back, and a dead process's journal", () =>
  withLedger(
    [entryOf("a", { changes: [{ kind: "masquerade-added", source: "no address", local: [] }] }), entryOf("b")],
    async (remover, stored) => {
      const failure = await assertRejects(() => removeAttachment(remover, stored("a")!, sure), CniFailure);
      assertEquals([failure.code, stored("a") !== undefined], [214, true]);
      const found = stored("b")!;
      const journal = Journal.open(remover.stateDir, found.attachment, found.plugin, 0);
      journal.begin({ attachment: found.attachment, plugin: found.plugin, netns: "", netnsId: "", bootId: "" });
      journal.append({ kind: "note-put", key: "k" });
      journal.close();
      await removeAttachment(remover, found, () => "it is in use");
      assertEquals(journals(remover.stateDir), 1);
    },
  ));
