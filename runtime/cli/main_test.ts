import { assert, assertEquals, assertMatch } from "@std/assert";
import { main } from "./main.ts";
import { recordedOutput } from "./output.ts";

async function run(...args: string[]) {
  const output = recordedOutput();
  return { code: await main(args, output), out: output.out.join("\n"), err: output.err.join("\n") };
}

Deno.test("help names every command, and is a success", async () => {
  const { code, out } = await run("--help");
  assertEquals(code, 0);
  for (
    const command of [
      "exec",
      "plan",
      "plugin",
      "policy",
      "attachments",
      "repair",
      "trace",
      "leases",
      "gc",
      "import",
      "install",
      "uninstall",
      "version",
      "doctor",
      "conformance",
    ]
  ) {
    assertMatch(out, new RegExp(`^  ${command}\\b`, "m"));
  }
});

Deno.test.each([
  ["an unknown command", ["frobnicate"], "unknown command"],
  ["a missing option", ["exec", "add"], "--conf"],
  ["a time that is none", ["gc", "--wait", "soon"], "0 to 3600"],
  ["an argument that is no JSON", ["exec", "add", "--conf", "f", "--container-id", "c", "--cap", "{"], "JSON object"],
  ["ADD without a namespace", ["exec", "add", "--conf", "/dev/null", "--container-id", "c"], "/dev/null"],
])("%s is told on stderr, never on stdout", async (what, args, message) => {
  const { code, out, err } = await run(...args);
  assertEquals(code, what.startsWith("ADD") ? 1 : 2);
  assertEquals(out, "");
  assert(err.includes(message), err);
});

Deno.test("a failure is a sentence without a stack trace, with exit code 1", async () => {
  const { code, out, err } = await run("plugin", "inspect", "/nonexistent/plugin.wasm");
  assertEquals([code, out], [1, ""]);
  assertMatch(err, /^Cannot inspect: .*\/nonexistent\/plugin\.wasm'?$/);
});

Deno.test("plugin inspect shows what a component imports and exports, and its digest", async () => {
  const file = await Deno.makeTempFile({ suffix: ".wasm" });
  try {
    const component = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
    await Deno.writeFile(file, new Uint8Array([...component, 10, 6, 1, 0, 1, 0x66, 0x01, 0]));
    const { code, out } = await run("plugin", "inspect", file, "--json");
    assertEquals(code, 0);
    const { imports, exports, bytes, digest } = JSON.parse(out);
    assertEquals({ imports, exports, bytes }, { imports: ["f"], exports: [], bytes: 16 });
    assertMatch(digest, /^[0-9a-f]{64}$/);
  } finally {
    await Deno.remove(file);
  }
});
