import { assertEquals, assertMatch } from "@std/assert";
import { type AgentIdentity, SLOW_ENGINE, whyDeclined, whyStranger } from "./declined.ts";
import type { Request } from "./protocol.ts";

const OWN_UID = Deno.uid()!;
/** This process is a caller that is where the agent is. */
const HERE = { pid: Deno.pid, uid: OWN_UID };

function agent(env: Record<string, string> = {}): AgentIdentity {
  const files = { stateDir: "/var/lib/cnidaria", hasPlugin: () => true };
  return { release: "0123", uid: OWN_UID, engine: "wasmtime", env: (name) => env[name], ...files };
}

function request(environment: Record<string, string> = {}, release = "0123"): Request {
  const variables = new Map(Object.entries({ CNI_COMMAND: "ADD", ...environment }));
  return { sentNs: 0n, release, key: "k", name: "bridge", environment: variables, stdin: new Uint8Array() };
}

const why = (environment: Record<string, string>, ofAgent: Record<string, string> = {}) =>
  whyDeclined(request(environment), HERE, agent(ofAgent));

Deno.test("root may call, and whoever the agent runs as; nobody else", () => {
  assertEquals(whyStranger({ pid: 1, uid: 0 }, { uid: 1000 }), undefined);
  assertEquals(whyStranger({ pid: 1, uid: 1000 }, { uid: 1000 }), undefined);
  assertEquals(whyStranger({ pid: 1, uid: 1000 }, { uid: 0 }), "user 1000 may not call");
  // What the kernel answers of a socket that has no peer's credentials.
  assertEquals(whyStranger({ pid: 0, uid: 0xffffffff }, { uid: 0 }), "user 4294967295 may not call");
});

Deno.test("a call from where the agent is, of its release and settings, is served", () => {
  assertEquals(
    why({ CNI_PATH: "/opt/cni/bin:/usr/lib/cni", CNI_ARGS: "a=./b", CNIDARIA_LOG_FILE: "/tmp/x" }),
    undefined,
  );
  const settings = { CNIDARIA_STATE: "/s", CNIDARIA_LIB: "/l", CNIDARIA_ENGINE: "v8" };
  assertEquals(why(settings, settings), undefined);
  // An empty variable is as one that is not there.
  assertEquals(why({ CNIDARIA_STATE: "" }), undefined);
});

Deno.test("another release, either's, is told by both names", () => {
  assertEquals(
    whyDeclined(request({}, "4567"), HERE, agent()),
    "the agent is of release 0123, the caller of 4567",
  );
  assertEquals(
    whyDeclined(request({}, ""), HERE, { ...agent(), release: "" }),
    undefined,
  );
  assertMatch(whyDeclined(request({}, ""), HERE, agent())!, /the caller of none$/);
});

for (const name of ["CNIDARIA_STATE", "CNIDARIA_LIB", "CNIDARIA_ENGINE"]) {
  Deno.test(`${name} has to be the agent's, where either has one`, () => {
    assertEquals(why({ [name]: "/a" }, { [name]: "/b" }), `${name} is not the agent's`);
    assertEquals(why({ [name]: "/a" }), `${name} is not the agent's`);
    assertEquals(why({}, { [name]: "/b" }), `${name} is not the agent's`);
  });
}

Deno.test("where v8 runs the components, the host does the calls; without an engine the agent says why", () => {
  assertEquals(whyDeclined(request(), HERE, { ...agent(), engine: "v8" }), SLOW_ENGINE);
  assertEquals(whyDeclined(request(), HERE, { ...agent(), engine: undefined }), undefined);
});

Deno.test("paths that only the caller can follow are left to it", () => {
  for (const name of ["CNI_NETNS", "CNIDARIA_LOG_FILE", "CNIDARIA_TRACE"]) {
    for (const path of ["relative", "./here", "/proc/self/ns/net", "/proc/thread-self/fd/3"]) {
      assertEquals(why({ [name]: path }), `${name} has a meaning in the caller's process only`, path);
    }
  }
  assertEquals(why({ CNI_PATH: "/opt/cni/bin:bin" }), "CNI_PATH has a relative folder");
});

Deno.test("a caller that cannot be seen is left to the host", () => {
  assertEquals(whyDeclined(request(), { pid: 0, uid: 0 }, agent()), "the caller's process cannot be seen");
  // Beyond pid_max.
  const gone = whyDeclined(request(), { pid: 2 ** 30, uid: 0 }, agent());
  assertMatch(gone!, /^the caller's namespaces cannot be told: it does not exist/);
});
