import { assertEquals, assertRejects } from "@std/assert";
import type { Change } from "../../host-funcs/change.ts";
import { elementsOf, putElement } from "../../host-funcs/firewall/elements.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { reasonToSkip } from "../../host-funcs/test_context.ts";
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

const EARLIER: readonly Change[] = [
  { kind: "masquerade-added", source: "10.77.0.5", local: [], before: ["10.77.0.0/24"] },
  { kind: "mac-check-added", link: "veth1", mac: "02:00:00:00:00:01" },
  { kind: "isolation-added", address: "10.77.0.5", pod: "", closed: true },
  {
    kind: "port-maps-added",
    maps: [{ protocol: "tcp", hostPort: 8080, address: "10.77.0.5", containerPort: 80 }],
    localnet: { link: "cni0", before: "0" },
    reflected: ["veth1"],
  },
  { kind: "forwarding-set", element: "forwarded-pod", key: "10.77.0.5", value: "admin" },
  { kind: "forwarding-set", element: "confined-link", key: "cni0", value: "isolated", before: "same-bridge" },
];

Deno.test({
  name: "removeAttachment() leaves no row of an earlier boot's, which would keep others from what is free",
  ignore: reasonToSkip() !== undefined,
  sanitizeResources: false,
  fn: () =>
    withLedger([entryOf("a", { bootId: "earlier", changes: EARLIER })], async (remover, stored) => {
      const found = stored("a")!;
      const database = openDatabase(remover.stateDir);
      for (
        const [kind, key, value] of [
          ["masquerade", "10.77.0.5", ""],
          ["mac-check", "veth1", "02:00:00:00:00:01"],
          ["isolation", "10.77.0.5", ""],
          ["port-map", "tcp 8080 0.0.0.0", "- 10.77.0.5 80"],
          ["localnet", "cni0", "0 earlier"],
          ["forwarded-pod", "10.77.0.5", "admin"],
          ["confined-link", "cni0", "isolated"],
        ] as const
      ) {
        putElement(database, found.attachment, { kind, key, value });
      }
      assertEquals(await removeAttachment(remover, found, sure), { outcome: "removed" });
      assertEquals([stored("a"), elementsOf(database, found.attachment)], [undefined, []]);
      database.close();
    }),
});

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
