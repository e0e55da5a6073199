// The native entry with an agent that serves: what it tells the agent, how it copies the answer, and what it does where
// nobody reads that.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { writeFrame } from "../protocol.ts";
import { type Answer, BEGUN, bytes, entryTest, exit, type Home, LARGE, send, text, untilClosed } from "./testing.ts";

entryTest("the agent gets the call, and its answer comes through byte for byte", async (home) => {
  const output = new Uint8Array(256).map((_, index) => index);
  await using agent = home.agent(async (connection) => {
    await send(connection, writeFrame("T"), writeFrame("E", bytes("a warning\n")));
    await send(connection, writeFrame("O", output), writeFrame("O", output), exit(0));
  });
  const answer = await home.call("{}", { CNI_ARGS: "a=b=c", CNIDARIA_CALL: "another's", OTHER: "1" });
  assertEquals(answer, {
    code: 0,
    signal: null,
    stdout: new Uint8Array([...output, ...output]),
    stderr: "a warning\n",
  });
  const { sentNs, key, environment, ...request } = agent.request!;
  assertEquals(request, { release: home.release, name: "cnidaria-bridge", stdin: bytes("{}") });
  assertMatch(key, BEGUN);
  const { PATH: _, ...expected } = home.environment({ CNI_ARGS: "a=b=c" });
  assertEquals(Object.fromEntries(environment), expected);
  const uptime = Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
  assert(Math.abs(Number(sentNs) / 1e9 - uptime) < 5, `sent at ${sentNs}, and it is ${uptime} s`);
  assertEquals(home.hostCall(), undefined);
});

entryTest("an agent's error has its status", async (home) => {
  await using _ = home.agent(async (connection) => {
    await send(connection, writeFrame("T"), writeFrame("O", bytes("{}")), exit(255));
  });
  const answer = await home.call("{}");
  assertEquals([answer.code, text(answer)], [255, "{}"]);
});

entryTest("8 MiB go in and come out, in pieces", async (home) => {
  await using agent = home.agent(async (connection, { stdin }) => {
    await send(connection, writeFrame("T"));
    for (let at = 0; at < stdin.length; at += 1_000_003) {
      await send(connection, writeFrame("O", stdin.subarray(at, at + 1_000_003)));
    }
    const last = exit(0);
    for (const byte of last) await send(connection, new Uint8Array([byte]));
  });
  const answer = await home.call(LARGE);
  assertEquals(answer.code, 0);
  assert(answer.stdout.length === LARGE.length && answer.stdout.every((byte, index) => byte === LARGE[index]));
  assertEquals(agent.request!.stdin.length, LARGE.length);
});

entryTest("an ADD whose answer can't be written is removed by the host", async (home) => {
  await using _ = home.agent(async (connection) => {
    await send(connection, writeFrame("T"), writeFrame("O", bytes("{}")), exit(0));
  });
  const answer = await viaShell(home, '"$0" > /dev/full');
  assertEquals(answer.code, 1);
  assertMatch(answer.stderr, /^cnidaria: nobody reads the answer.*\nfrom the host\n$/);
  const expected = { command: "DEL", name: "cnidaria-bridge", call: "unset", args: "", stdin: "config" };
  assertEquals(home.hostCall(), expected);
});

for (const [what, env, status] of [["a DEL", { CNI_COMMAND: "DEL" }, 0], ["an ADD that failed", {}, 1]] as const) {
  entryTest(`${what} whose answer can't be written leaves nothing to remove`, async (home) => {
    await using _ = home.agent(async (connection) => {
      await send(connection, writeFrame("T"), writeFrame("O", bytes("{}")), exit(status));
    });
    assertEquals((await viaShell(home, '"$0" >&-', env)).code, 1);
    assertEquals(home.hostCall(), undefined);
  });
}

/** Calls the entry, and ends the reader of its answer once the agent has the call; the entry's status is on stderr. */
async function callWithReaderGone(home: Home, env: Record<string, string> = {}): Promise<Answer> {
  const reader = `while [ ! -e "${taken(home)}" ]; do sleep 0.02; done`;
  return await viaShell(home, `{ "$0"; echo "$?" >&2; } | { ${reader}; }`, env);
}
const taken = (home: Home) => `${home.directory}/taken`;

entryTest("a runtime that is gone ends an ADD that waits: the agent is told, and no host runs", async (home) => {
  await using _ = home.agent(async (connection) => {
    await send(connection, writeFrame("T"));
    await Deno.writeTextFile(taken(home), "");
    await untilClosed(connection);
  });
  assertEquals((await callWithReaderGone(home)).stderr, "1\n");
  assertEquals(home.hostCall(), undefined);
});

entryTest("a runtime that is gone from the start begins nothing", async (home) => {
  await using agent = home.agent(async () => {});
  // `true` ends at once; the entry waits for its standard input meanwhile.
  const command = `{ sleep 0.2; echo config; } | { "$0"; echo "$?" >&2; } | true`;
  assertEquals((await viaShell(home, `true; ${command}`)).stderr, "1\n");
  assertEquals([agent.request, home.hostCall()], [undefined, undefined]);
});

entryTest("an ADD that is done just when the runtime goes is removed all the same", async (home) => {
  await using _ = home.agent(async (connection) => {
    await send(connection, writeFrame("T"));
    await Deno.writeTextFile(taken(home), "");
    await untilClosed(connection);
    await send(connection, writeFrame("O", bytes("{}")), exit(0));
  });
  assertMatch((await callWithReaderGone(home)).stderr, /\n1\n$/);
  assertEquals(home.hostCall()!.command, "DEL");
});

entryTest("a DEL goes on without the runtime", async (home) => {
  await using _ = home.agent(async (connection) => {
    await send(connection, writeFrame("T"));
    await Deno.writeTextFile(taken(home), "");
    await new Promise((end) => setTimeout(end, 200));
    assert(await send(connection, exit(0)));
  });
  assertEquals((await callWithReaderGone(home, { CNI_COMMAND: "DEL" })).stderr, "0\n");
});

entryTest("a closed standard input is an empty one, and no socket takes its place", async (home) => {
  await using agent = home.agent(async (connection) => {
    await send(connection, writeFrame("T"), writeFrame("O", bytes("{}")), exit(0));
  });
  const answer = await viaShell(home, '"$0" <&-');
  assertEquals([answer.code, text(answer), agent.request!.stdin.length], [0, "{}", 0]);
});

/** Calls the entry by a shell's command, in which it is "$0". */
async function viaShell(home: Home, command: string, env: Record<string, string> = {}): Promise<Answer> {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", `printf config | ${command}`, home.program],
    clearEnv: true,
    env: home.environment(env),
  });
  const { code, signal, stdout, stderr } = await child.output();
  return { code, signal, stdout, stderr: new TextDecoder().decode(stderr) };
}
