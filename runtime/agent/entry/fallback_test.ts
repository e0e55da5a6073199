// The native entry where no agent does the call: whatever is wrong with it, the entry becomes the host.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ERROR_CODES } from "../../cni/error_codes.ts";
import { writeFrame } from "../protocol.ts";
import {
  assertHost,
  BEGUN,
  bytes,
  entryTest,
  HOST_ANSWER,
  LARGE,
  NOT_BEGUN,
  send,
  text,
  untilClosed,
} from "./testing.ts";

entryTest("more than 8 MiB are the host's to refuse", async (home) => {
  await using agent = home.agent(async () => {});
  assertEquals((await home.call(new Uint8Array([...LARGE, 32, 32]))).code, HOST_ANSWER.code);
  assertEquals(home.hostCall()!.stdin.length, LARGE.length + 1);
  assertEquals(agent.request, undefined);
});

entryTest("without an agent the host does the call", async (home) => {
  assertHost(home, await home.call("config"), "config", NOT_BEGUN);
});

entryTest("where nobody listens any more the host does the call", async (home) => {
  // Deno removes the name that it has bound.
  const listener = Deno.listen({ transport: "unix", path: `${home.socket}.bound` });
  await Deno.rename(`${home.socket}.bound`, home.socket);
  listener.close();
  assert(Deno.statSync(home.socket).isSocket);
  assertHost(home, await home.call("again", { CNIDARIA_CALL: "another's" }), "again", NOT_BEGUN);
});

entryTest("with CNIDARIA_AGENT=off nobody asks an agent", async (home) => {
  await using agent = home.agent(async () => {});
  assertHost(home, await home.call("config", { CNIDARIA_AGENT: "off" }), "config", NOT_BEGUN);
  assertEquals(agent.request, undefined);
});

entryTest("an agent of another user is not asked", async (home) => {
  // Not in the home: TMPDIR may be a folder that the other user cannot enter.
  const dir = await Deno.makeTempDir({ dir: "/tmp" });
  await Deno.chmod(dir, 0o777);
  const listener = asUser(65534, () => Deno.listen({ transport: "unix", path: `${dir}/agent.sock` }));
  try {
    const answer = await home.call("config", { CNIDARIA_SOCKET: `${dir}/agent.sock` });
    assertHost(home, answer, "config", NOT_BEGUN, /^cnidaria: the agent is neither root's nor .*\n$/);
  } finally {
    listener.close();
    await Deno.remove(dir, { recursive: true });
  }
}, Deno.uid() === 0 ? undefined : "needs root");

/** Runs `body` with all of the process as another user: a socket keeps who has begun to listen on it. */
function asUser<T>(uid: number, body: () => T): T {
  const libc = Deno.dlopen("libc.so.6", { seteuid: { parameters: ["u32"], result: "i32" } });
  try {
    libc.symbols.seteuid(uid);
    return body();
  } finally {
    libc.symbols.seteuid(0);
    libc.close();
  }
}

entryTest("a socket that can't be one is told", async (home) => {
  const answer = await home.call("config", { CNIDARIA_SOCKET: `/${"long".repeat(50)}` });
  assertHost(home, answer, "config", NOT_BEGUN, /^cnidaria: the agent's socket has too long a path: .*\n$/);
});

entryTest("what an agent declines the host does, and nothing is said", async (home) => {
  await using agent = home.agent(async (connection) => {
    await send(connection, writeFrame("D", bytes("another release")));
  });
  assertHost(home, await home.call("config"), "config", BEGUN);
  assertEquals(home.hostCall()!.call, agent.request!.key);
});

entryTest("an agent that ends before it has taken the call is none", async (home) => {
  await using _ = home.agent(async () => {});
  assertHost(home, await home.call("config"), "config", BEGUN);
});

entryTest("an agent that dies in the middle loses its connection, then the host does the call", async (home) => {
  await using _ = home.agent(async (connection) => {
    await send(connection, writeFrame("T"), writeFrame("O", bytes("half of it")));
  });
  assertHost(home, await home.call("config"), "config", BEGUN, /^cnidaria: the agent ended in the middle.*\n$/);
});

for (const [what, frames] of Object.entries({ "takes nothing": [], "never answers": [writeFrame("T")] })) {
  entryTest(
    `an agent that ${what} is given up in time, and its connection ended before the host runs`,
    async (home) => {
      let closedBeforeHost = false;
      await using _ = home.agent(async (connection) => {
        await send(connection, ...frames);
        await untilClosed(connection);
        closedBeforeHost = home.hostCall() === undefined;
      });
      const limits = frames.length === 0 ? { CNIDARIA_AGENT_TAKE_MS: "200" } : { CNIDARIA_AGENT_CALL_MS: "200" };
      // The host waits until it may: else it could be seen before the end of the connection is.
      await Deno.writeTextFile(home.host, (await Deno.readTextFile(home.host)).replace("cat >", "sleep 0.3; cat >"));
      assertHost(home, await home.call("config", limits), "config", BEGUN, /^cnidaria: .* not answered in time.*\n$/);
      assert(closedBeforeHost);
    },
  );
}

const GARBAGE: Record<string, Uint8Array> = {
  "a kind that there is not": bytes("?\0\0\0\0"),
  "a kind of 0": new Uint8Array(5),
  "a frame beyond 16 MiB": bytes("O\x01\0\0\x01"),
  "an exit without a status": writeFrame("X"),
  "a status of two bytes": writeFrame("X", new Uint8Array(2)),
};
for (const [what, frame] of Object.entries(GARBAGE)) {
  entryTest(`an answer with ${what} makes no sense, and the host does the call`, async (home) => {
    await using _ = home.agent(async (connection) => {
      await send(connection, writeFrame("T"), frame);
      await untilClosed(connection);
    });
    assertHost(home, await home.call("config"), "config", BEGUN, /^cnidaria: .* makes no sense.*\n$/);
  });
}

entryTest("an output beyond 16 MiB in all makes no sense", async (home) => {
  await using _ = home.agent(async (connection) => {
    const half = writeFrame("O", LARGE);
    await send(connection, writeFrame("T"), half, half, writeFrame("O", new Uint8Array(1)));
    await untilClosed(connection);
  });
  assertHost(home, await home.call("config"), "config", BEGUN, /makes no sense/);
});

entryTest("whatever bytes come, it ends with an answer or as the host", async (home) => {
  const kinds = bytes("TEODX");
  for (let round = 0; round < 60; round++) {
    const random = crypto.getRandomValues(new Uint8Array(1 + round * 7));
    // Every other round has frames that are well-formed, in any order.
    const frames = round % 2 === 0 ? [random] : [...random].slice(0, 12).map((byte, index) => {
      const frame = writeFrame("T", random.subarray(index, index + byte % 9));
      frame[0] = kinds[byte % kinds.length]!;
      return frame;
    });
    await using _ = home.agent(async (connection) => {
      await send(connection, ...frames);
    });
    await Deno.remove(home.host.replace("bin/host", "call")).catch(() => {});
    const answer = await home.call("config");
    const told = JSON.stringify(frames.map((frame) => [...frame]));
    assertEquals(answer.signal, null, told);
    if (home.hostCall() === undefined) {
      assert(frames.some((frame) => frame[0] === kinds[4] && frame[5] === answer.code), told);
    } else assertEquals([answer.code, home.hostCall()!.stdin], [HOST_ANSWER.code, "config"], told);
    await Deno.remove(home.socket).catch(() => {});
  }
});

entryTest("without a host the runtime gets an error of the protocol", async (home) => {
  await Deno.remove(home.host);
  const answer = await home.call("config");
  assertEquals(answer.code, 1);
  const { cniVersion, code, msg, details } = JSON.parse(text(answer));
  assertEquals([cniVersion, code], ["1.0.0", ERROR_CODES.io]);
  assertEquals(msg, `Cannot start the host as No such file or directory: ${home.host}`);
  assertMatch(details, /install it again$/);
});

entryTest("without CNI_COMMAND it is the command line, with nothing changed", async (home) => {
  await using agent = home.agent(async () => {});
  const args = ["-c", 'unset CNI_COMMAND; exec "$0" leases --json', home.program];
  const child = new Deno.Command("/bin/sh", { args, clearEnv: true, env: home.environment(), stdin: "null" });
  assertEquals((await child.output()).code, HOST_ANSWER.code);
  const expected = { command: "unset", name: "unset", call: "unset", args: "leases --json", stdin: "" };
  assertEquals(home.hostCall(), expected);
  assertEquals(agent.request, undefined);
});
