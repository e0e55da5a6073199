import { assertEquals } from "@std/assert";
import { callsOf, logCall } from "./call_log.ts";
import { Trace } from "./trace.ts";

function call(containerId: string, filler = ""): Trace["data"] {
  const trace = new Trace();
  trace.data.attachment = { network: "net", containerId, ifname: "eth0" };
  trace.data.engine = filler;
  return trace.data;
}

function withState(body: (dir: string) => void): void {
  const dir = Deno.makeTempDirSync();
  try {
    body(dir);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

Deno.test("the call log gives the calls of a container, also by how its id begins, the oldest first", () => {
  withState((dir) => {
    assertEquals(callsOf(dir, "a"), []);
    for (const id of ["abc1", "abd2", "abc1"]) logCall(dir, call(id));
    assertEquals(callsOf(dir, "abc").map((it) => it.attachment.containerId), ["abc1", "abc1"]);
    assertEquals(callsOf(dir, "ab").length, 3);
    assertEquals((Deno.statSync(`${dir}/calls`).mode ?? 0) & 0o777, 0o700);
  });
});

Deno.test("the call log is bounded, and keeps the newest", () => {
  withState((dir) => {
    for (let at = 0; at < 40; at++) logCall(dir, call("busy", `${at} ${"x".repeat(100_000)}`));
    const calls = callsOf(dir, "busy");
    assertEquals([calls.length <= 12, calls.at(-1)?.engine.startsWith("39 ")], [true, true]);
  });
});

Deno.test("a damaged line is left out, and a log that cannot be written fails nothing", () => {
  withState((dir) => {
    logCall(dir, call("one"));
    const [{ name }] = [...Deno.readDirSync(`${dir}/calls`)] as [Deno.DirEntry];
    Deno.writeTextFileSync(`${dir}/calls/${name}`, "{torn\n", { append: true });
    logCall(dir, call("one"));
    assertEquals(callsOf(dir, "one").length, 2);
    logCall(`${dir}/calls/${name}`, call("one"));
  });
});
