// The protocol as a runtime sees it: the real program, its exit status and its standard output.

import { assertEquals } from "@std/assert";

const MAIN = new URL("./main.ts", import.meta.url).pathname;
const ADD = { CNI_COMMAND: "ADD", CNI_CONTAINERID: "c", CNI_NETNS: "/nonexistent/netns", CNI_IFNAME: "eth0" };

interface Answer {
  exitCode: number;
  stdout: string;
  stderr: string;
  json: Record<string, unknown>;
}

async function run(env: Record<string, string>, stdin: string | Uint8Array): Promise<Answer> {
  const state = await Deno.makeTempDir();
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", MAIN],
      env: { CNIDARIA_STATE: state, CNIDARIA_LIB: `${state}/lib`, ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin).catch(() => {});
    await writer.close().catch(() => {});
    const output = await child.output();
    const stdout = new TextDecoder().decode(output.stdout);
    const stderr = new TextDecoder().decode(output.stderr);
    return { exitCode: output.code, stdout, stderr, json: stdout === "" ? {} : JSON.parse(stdout) };
  } finally {
    await Deno.remove(state, { recursive: true });
  }
}

const config = (more: Record<string, unknown> = {}) =>
  JSON.stringify({ cniVersion: "1.0.0", name: "net", type: "bridge", ...more });

const FAILURES: [string, Record<string, string>, string | Uint8Array, number, string, string][] = [
  ["an unknown command", { CNI_COMMAND: "UPDATE" }, config(), 4, "1.1.0", "CNI_COMMAND"],
  ["missing variables", { CNI_COMMAND: "ADD" }, config(), 4, "1.1.0", "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME"],
  [
    "an interface name that is too long",
    { ...ADD, CNI_IFNAME: "0123456789abcdef" },
    config(),
    4,
    "1.1.0",
    "CNI_IFNAME",
  ],
  ["no configuration", ADD, "", 6, "1.1.0", "empty"],
  ["malformed JSON", ADD, "{", 6, "1.1.0", "JSON"],
  ["bytes that are no text", ADD, Uint8Array.of(0xff, 0xfe), 6, "1.1.0", "UTF-8"],
  ["a bad name", ADD, config({ name: "a b" }), 7, "1.1.0", '"name"'],
  ["an unsupported version", ADD, config({ cniVersion: "9.9.9" }), 1, "1.1.0", "9.9.9"],
  ["GC in an old version", { CNI_COMMAND: "GC", CNI_PATH: "/x" }, config(), 1, "1.0.0", "1.1.0 or newer"],
  [
    "GC without the list",
    { CNI_COMMAND: "GC", CNI_PATH: "/x" },
    config({ cniVersion: "1.1.0" }),
    7,
    "1.1.0",
    "valid-att",
  ],
  ["CHECK without prevResult", { ...ADD, CNI_COMMAND: "CHECK" }, config(), 7, "1.0.0", "prevResult"],
  ["a malformed prevResult", ADD, config({ prevResult: { ips: 5 } }), 7, "1.0.0", "prevResult.ips"],
  ["a namespace that does not exist", ADD, config(), 3, "1.0.0", "CNI_NETNS"],
  ["the node's own namespace", { ...ADD, CNI_NETNS: "/proc/self/ns/net" }, config(), 8, "1.0.0", "node's own"],
  [
    "an unknown engine",
    { ...ADD, CNIDARIA_ENGINE: "x", CNI_NETNS: "/proc/self/ns/mnt" },
    config(),
    201,
    "1.0.0",
    "bridge",
  ],
  ["STATUS without the plugin", { CNI_COMMAND: "STATUS" }, config({ cniVersion: "1.1.0" }), 50, "1.1.0", "bridge"],
];

for (const [what, env, stdin, code, cniVersion, said] of FAILURES) {
  Deno.test(`the program answers code ${code} to ${what}`, async () => {
    const { exitCode, json, stderr } = await run(env, stdin);
    assertEquals([exitCode, json["code"], json["cniVersion"]], [1, code, cniVersion]);
    assertEquals(`${json["msg"]} ${json["details"] ?? ""}`.includes(said), true, String(json["msg"]));
    assertEquals(/^\s+at /m.test(stderr), false, stderr);
  });
}

Deno.test("the program answers VERSION in the version that it was asked in", async () => {
  for (const [stdin, cniVersion] of [['{"cniVersion": "0.4.0"}', "0.4.0"], ["", "1.1.0"], ["{", "1.1.0"]] as const) {
    const { exitCode, json } = await run({ CNI_COMMAND: "VERSION" }, stdin);
    assertEquals([exitCode, json["cniVersion"]], [0, cniVersion]);
    assertEquals((json["supportedVersions"] as string[]).length, 7);
  }
});

Deno.test("the program answers DEL of what never was with success, even without the plugin", async () => {
  const { CNI_NETNS: _, ...rest } = ADD;
  const { exitCode, stdout } = await run({ ...rest, CNI_COMMAND: "DEL" }, config());
  assertEquals([exitCode, stdout], [0, ""]);
});

Deno.test("the program logs to the file that it is told to", async () => {
  const file = await Deno.makeTempFile();
  try {
    const { stderr } = await run({ ...ADD, CNIDARIA_LOG_FILE: file }, config());
    assertEquals([stderr, (await Deno.readTextFile(file)).includes("error ADD net/c/eth0: code 3")], ["", true]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("the program writes a trace, of a failure too", async () => {
  const file = await Deno.makeTempFile();
  try {
    await run({ ...ADD, CNIDARIA_TRACE: file }, config());
    const trace = JSON.parse(await Deno.readTextFile(file));
    assertEquals([trace.command, trace.plugins, trace.error.code, trace.totalMs > 0], ["ADD", ["bridge"], 3, true]);
  } finally {
    await Deno.remove(file);
  }
});
