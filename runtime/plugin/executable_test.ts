import { assertEquals, assertThrows } from "@std/assert";
import type { CniParameters } from "../cni/environment.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import { CniFailure } from "../cni/failure.ts";
import { findExecutable, runExecutable } from "./executable.ts";

const parameters: CniParameters = {
  command: "ADD",
  containerId: "pod",
  netns: "/run/netns/pod",
  ifname: "eth0",
  rawArgs: "A=b",
  args: [["A", "b"]],
  rawPath: "/opt/cni/bin",
  path: ["/opt/cni/bin"],
};

/** A shell script as plugin. */
function withScript(script: string, test: (path: string, folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/plugin`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    test(`${folder}/plugin`, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function run(path: string, command: string, options: { config?: string; timeoutMs?: number; logs?: string[] } = {}) {
  const { config = "{}", logs = [], ...rest } = options;
  return runExecutable({ path, command, parameters, config, log: (_, line) => void logs.push(line), ...rest });
}

function failureOf(script: string, timeoutMs?: number): CniFailure {
  let failure: CniFailure | undefined;
  withScript(script, (path) => {
    failure = assertThrows(
      () => run(path, "ADD", timeoutMs === undefined ? {} : { timeoutMs }),
      CniFailure,
    ) as CniFailure;
    assertEquals(failure.message.includes(path) || failure.code < 200, true, failure.message);
  });
  return failure!;
}

Deno.test("runExecutable() gives the configuration on standard input, and reads the result", () => {
  withScript('cat > "$0.in"; echo \'{"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.2/8"}]}\'', (path, folder) => {
    const config = `{"name": "${"n".repeat(300_000)}"}`;
    assertEquals(run(path, "ADD", { config })?.ips, [{ address: "10.0.0.2/8" }]);
    assertEquals(Deno.readTextFileSync(`${folder}/plugin.in`), config);
  });
});

Deno.test("runExecutable() gives the environment of the call", () => {
  withScript(
    'echo "{\\"code\\": 111, \\"msg\\": \\"$CNI_COMMAND $CNI_CONTAINERID $CNI_NETNS $CNI_IFNAME $CNI_ARGS $CNI_PATH\\"}"; exit 1',
    (path) => assertThrows(() => run(path, "DEL"), CniFailure, "DEL pod /run/netns/pod eth0 A=b /opt/cni/bin"),
  );
});

Deno.test("runExecutable() says in the environment how deep it is", () => {
  withScript(
    'echo "{\\"code\\": 111, \\"msg\\": \\"depth $CNIDARIA_DEPTH\\"}"; exit 1',
    (path) => assertThrows(() => run(path, "DEL"), CniFailure, "depth 1"),
  );
});

Deno.test.each(["4", "x"])("runExecutable() starts nothing where CNIDARIA_DEPTH is %s", async (depth) => {
  const module = new URL("./executable.ts", import.meta.url).href;
  const parameters = '{ containerId: "pod", netns: "", ifname: "eth0", rawArgs: "", args: [], rawPath: "", path: [] }';
  const code = `import { runExecutable } from "${module}";
    try {
      runExecutable({ path: "/bin/true", command: "DEL", parameters: ${parameters}, config: "{}", log: () => {} });
    } catch (error) { console.log(error.code, error.message); }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    env: { CNIDARIA_DEPTH: depth },
  }).output();
  assertEquals(
    new TextDecoder().decode(stdout).trim(),
    "218 Cannot DEL by /bin/true as executables run each other more than 4 deep: CNIDARIA_DEPTH is " + depth,
  );
});

Deno.test("runExecutable() wants no output but for ADD, and logs standard error", () => {
  withScript("echo garbage; echo careful >&2", (path) => {
    const logs: string[] = [];
    assertEquals(run(path, "DEL", { logs }), undefined);
    assertEquals(logs, [`${path}: careful`]);
  });
});

Deno.test("runExecutable() passes the executable's own error on", () => {
  const failure = failureOf('echo \'{"code": 7, "msg": "bad subnet", "details": "why"}\'; exit 1');
  assertEquals([failure.code, failure.message, failure.details], [7, "bad subnet", "why"]);
});

for (
  const [what, script, said] of [
    ["garbage as result", "echo garbage", "no CNI result"],
    ["no result", "true", "no CNI result"],
    ["a result that is none", 'echo \'{"ips": [{"address": 5}]}\'', "no CNI result"],
    ["an exit without error", "echo oops >&2; exit 3", "status 3"],
    ["garbage as error", "echo garbage; exit 1", "status 1"],
    ["a signal", "kill -SEGV $$", "signal 11"],
    ["endless output", "yes", "more than"],
  ] as const
) {
  Deno.test(`runExecutable() names the executable that gave ${what}`, () => {
    const failure = failureOf(script);
    assertEquals([failure.code, failure.message.includes(said)], [ERROR_CODES.delegateFailed, true], failure.message);
  });
}

Deno.test("runExecutable() ends an executable at its time limit", () => {
  const start = performance.now();
  const failure = failureOf("exec sleep 20", 100);
  assertEquals([failure.code, failure.message.includes("time limit")], [ERROR_CODES.delegateFailed, true]);
  assertEquals(performance.now() - start < 5_000, true);
});

Deno.test("runExecutable() says what cannot be started", () => {
  assertThrows(() => run("/nonexistent/plugin", "ADD"), CniFailure, "could not be started");
});

Deno.test("findExecutable() takes the first that can be run, and no path", () => {
  withScript("true", (path, folder) => {
    const other = Deno.makeTempDirSync();
    try {
      Deno.writeTextFileSync(`${other}/plugin`, "not executable", { mode: 0o644 });
      Deno.mkdirSync(`${other}/folder`);
      assertEquals(findExecutable("plugin", [other, folder]), path);
      assertEquals(findExecutable("folder", [other]), undefined);
      assertEquals(findExecutable("../plugin", [folder]), undefined);
      assertEquals(findExecutable("absent", [folder]), undefined);
    } finally {
      Deno.removeSync(other, { recursive: true });
    }
  });
});
