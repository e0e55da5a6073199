import { assertEquals } from "@std/assert";
import { Journal, journalDir } from "./journal.ts";
import { attachmentsUnderWay } from "./under_way.ts";

const key = (containerId: string) => ({ network: "net", containerId, ifname: "eth0" });

Deno.test("attachmentsUnderWay() names those whose journal has changes, held or left over, until it is gone", () => {
  const stateDir = Deno.makeTempDirSync({ prefix: "cnidaria-under-way-" });
  try {
    assertEquals(attachmentsUnderWay(stateDir), [], "no folder of journals");
    const [idle, held, left] = ["idle", "held", "left"].map((id) => {
      const journal = Journal.open(stateDir, key(id), "bridge", 0);
      journal.begin({ attachment: key(id), plugin: "bridge", netns: "", netnsId: "", bootId: "" });
      return journal;
    });
    for (const journal of [held!, left!]) journal.append({ kind: "note-put", key: "k" });
    left!.close();
    const names = () => attachmentsUnderWay(stateDir).map(({ containerId }) => containerId).sort();
    assertEquals(names(), ["held", "left"]);
    Deno.writeTextFileSync(`${journalDir(stateDir)}/torn.jsonl`, '{"header": {"attachment"');
    Deno.writeTextFileSync(`${journalDir(stateDir)}/damaged.jsonl`, "\0\0\n");
    assertEquals(names(), ["held", "left"]);
    held!.finish();
    idle!.finish();
    assertEquals(names(), ["left"]);
  } finally {
    Deno.removeSync(stateDir, { recursive: true });
  }
});
