import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Change } from "../../host-funcs/change.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { CniFailure } from "../cni/failure.ts";
import { Journal, journalDir, type JournalHeader, parseJournal } from "./journal.ts";

const attachment = { network: "net", containerId: "pod", ifname: "eth0" };
const header: JournalHeader = { attachment, plugin: "bridge", netns: "/run/netns/x", netnsId: "0:4:1", bootId: "b" };
const change = (name: string): Change => ({ kind: "link-created", ns: "host", name, linkKind: "veth" });

function withState(test: (state: string) => void): void {
  const state = Deno.makeTempDirSync();
  try {
    test(state);
  } finally {
    Deno.removeSync(state, { recursive: true });
  }
}

const open = (state: string, waitMs = 0, plugin = "bridge") => Journal.open(state, attachment, plugin, waitMs);
const files = (state: string) => [...Deno.readDirSync(journalDir(state))].map((it) => it.name);

Deno.test("a journal that is finished leaves nothing", () => {
  withState((state) => {
    const journal = open(state);
    journal.begin(header);
    journal.append(change("a"));
    journal.finish();
    assertEquals(files(state), []);
  });
});

Deno.test("a journal whose file cannot be removed says so, in the words of the disk", () => {
  withState((state) => {
    const journal = open(state);
    Deno.removeSync(`${journalDir(state)}/${files(state)[0]}`);
    assertThrows(() => journal.finish(), HostCallError, "Cannot remove the journal");
    journal.close();
  });
});

Deno.test("a journal that is not finished is there for whoever comes next", () => {
  withState((state) => {
    const journal = open(state);
    journal.begin(header);
    for (const name of ["a", "b", "c"]) journal.append(change(name));
    journal.retract(2);
    journal.append(change("d"));
    journal.close();
    const next = open(state);
    assertEquals(next.stale(), { header, changes: ["a", "b", "d"].map(change) });
    next.keep(next.changes.slice(1, 2));
    next.close();
    const last = open(state);
    assertEquals(last.stale()?.changes, [change("b")]);
    last.begin(header);
    assertEquals(last.stale(), undefined);
    last.finish();
  });
});

Deno.test("a second call on an attachment waits, and then gives up with code 11", () => {
  withState((state) => {
    const journal = open(state);
    const start = performance.now();
    const failure = assertThrows(() => open(state, 50), CniFailure) as CniFailure;
    assertEquals([failure.code, performance.now() - start >= 50], [11, true]);
    open(state, 0, "portmap").finish();
    journal.finish();
    open(state).finish();
  });
});

Deno.test("a journal says where its folder cannot be made", () => {
  withState((state) => {
    Deno.writeTextFileSync(`${state}/file`, "");
    const refusal = assertThrows(() => open(`${state}/file`), HostCallError) as HostCallError;
    assertEquals([refusal.code, refusal.message.includes("no directory")], ["io", true], refusal.message);
  });
});

Deno.test("openPath() makes no file unless asked to", () => {
  withState((state) => assertEquals(Journal.openPath(`${state}/absent`, 0, false), undefined));
});

Deno.test("parseJournal() takes a journal that ends anywhere", () => {
  const changes = ["a", "b", "c"].map(change);
  const text = [{ header }, ...changes.map((it) => ({ change: it }))].map((it) => JSON.stringify(it) + "\n").join("");
  fc.assert(fc.property(fc.nat(text.length), (end) => {
    const parsed = parseJournal(text.slice(0, end), "j");
    const whole = text.slice(0, end).split("\n").length - 2;
    assertEquals(parsed?.changes.length ?? 0, Math.max(whole, 0));
  }));
});

Deno.test("parseJournal() does not guess at a damaged line", () => {
  const failure = assertThrows(() => parseJournal('{"header": {}}\nx\n{}\n', "/j"), CniFailure) as CniFailure;
  assertEquals([failure.code, failure.message.includes("/j"), failure.message.includes("line 2")], [5, true, true]);
});

Deno.test("a journal in a folder that others can write to is not trusted", () => {
  withState((state) => {
    open(state).finish();
    Deno.chmodSync(journalDir(state), 0o777);
    assertEquals((assertThrows(() => open(state), HostCallError) as HostCallError).code, "denied");
  });
});

Deno.test("a retracted change is cut off, whatever follows, and after a retract of all the header is there again", () => {
  withState((state) => {
    const journal = open(state);
    journal.begin(header);
    journal.append(change("é"));
    journal.append(change("b"));
    journal.retract(1);
    journal.append(change("c"));
    assertEquals(onDisk(state)?.changes, [change("é"), change("c")]);
    journal.retract(0);
    assertEquals(onDisk(state), undefined);
    journal.append(change("d"));
    assertEquals(onDisk(state)?.changes, [change("d")]);
    journal.finish();
  });
});

/** What a reader of the file sees while it is locked. */
function onDisk(state: string) {
  const [name] = files(state);
  const path = `${journalDir(state)}/${name}`;
  return parseJournal(Deno.readTextFileSync(path), path);
}
