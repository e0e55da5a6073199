import { assertEquals } from "@std/assert";
import { createLog, type LogLevel } from "./log.ts";

const LEVELS: LogLevel[] = ["debug", "info", "warn", "error"];

for (
  const [wanted, expected] of [
    [undefined, ["warn", "error"]],
    ["nonsense", ["warn", "error"]],
    ["debug", LEVELS],
    ["error", ["error"]],
  ] as const
) {
  Deno.test(`createLog() with level ${wanted} writes ${expected.join(", ")}`, () => {
    const file = Deno.makeTempFileSync();
    try {
      const environment: Record<string, string | undefined> = { CNIDARIA_LOG_FILE: file, CNIDARIA_LOG_LEVEL: wanted };
      const log = createLog((name) => environment[name], () => "ADD net/pod/eth0: ");
      for (const level of LEVELS) log.write(level, "two\nlines");
      const lines = Deno.readTextFileSync(file).split("\n").slice(0, -1);
      assertEquals(lines.map((line) => line.split(" ")[1]), [...expected]);
      assertEquals(lines.every((line) => line.endsWith(" ADD net/pod/eth0: two\\nlines")), true, lines[0]);
    } finally {
      Deno.removeSync(file);
    }
  });
}

Deno.test("createLog() gives up what cannot be written", () => {
  const environment: Record<string, string> = { CNIDARIA_LOG_FILE: "/nonexistent/folder/log" };
  createLog((name) => environment[name], () => "").write("error", "lost");
});
