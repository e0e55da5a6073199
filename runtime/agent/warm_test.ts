// What a thread keeps is code. Calls one after another on one thread see nothing of each other.

import { assert, assertEquals } from "@std/assert";
import { buildPlugin } from "../../plugins/sdk/build.ts";
import { Namespace } from "../../test/lab/namespace.ts";
import { labTest } from "../../test/lab/isolation.ts";
import { cniCall } from "../cni/call.ts";
import { patientCaller } from "../cni/caller.ts";
import { WarmThread } from "./warm.ts";

const DIST = new URL("../../dist", import.meta.url).pathname;
const COUNTER = new URL("testdata/counter", import.meta.url).pathname;
const noWasmtime = await Deno.stat(`${DIST}/lib/libwasmtime.so`).then(() => false, () => true);

/** An installation whose one plugin is `counter`, and a state of its own. */
class Place implements AsyncDisposable {
  readonly #variables = ["CNIDARIA_LIB", "CNIDARIA_STATE"].map((name) => [name, Deno.env.get(name)] as const);

  private constructor(readonly directory: string) {
    Deno.env.set("CNIDARIA_LIB", `${directory}/lib`);
    Deno.env.set("CNIDARIA_STATE", `${directory}/state`);
  }

  static async create(): Promise<Place> {
    const directory = await Deno.makeTempDir({ prefix: "cnidaria-warm-" });
    const lib = `${directory}/lib`;
    await Deno.mkdir(`${lib}/plugins`, { recursive: true });
    await Deno.symlink(`${DIST}/lib`, `${lib}/lib`);
    const { digest } = await buildPlugin(COUNTER, `${lib}/plugins/counter`);
    await Deno.writeTextFile(`${lib}/first_party.json`, JSON.stringify({ counter: digest }));
    return new Place(directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, value] of this.#variables) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** One call on a thread. @returns the plugin's message, and the steps */
async function call(warm: WarmThread, variables: Record<string, string>) {
  warm.lookAgain();
  const input = new TextEncoder().encode('{"cniVersion":"1.1.0","name":"net","type":"counter"}');
  let at = 0;
  const { trace } = await cniCall({
    env: (name) => variables[name],
    stdin: {
      isTerminal: () => false,
      readSync(buffer) {
        if (at === input.length) return null;
        buffer.set(input);
        return at = input.length;
      },
    },
    ends: false,
    calledAs: () => Promise.resolve("counter"),
    caller: patientCaller,
    warm,
    began: performance.now(),
    writeStderr: () => {},
  });
  return { message: trace.error?.message ?? "", steps: trace.steps.map(({ name }) => name) };
}

const FRESH = "call 1 of this instance, which knows of nobody";

for (const engine of ["wasmtime", "v8"] as const) {
  const lacking = engine === "wasmtime" && noWasmtime ? " (skipped: needs libwasmtime)" : "";
  const test = labTest(`${engine}: ADDs one after another on a thread share its code, and nothing else${lacking}`);
  Deno.test({
    ...test,
    ignore: test.ignore || lacking !== "",
    // What builds the component ends when it likes.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using _ = await Place.create();
      await using pod = await Namespace.create("pod");
      const warm = new WarmThread(engine);
      try {
        const add = (containerId: string) =>
          call(warm, {
            CNI_COMMAND: "ADD",
            CNI_CONTAINERID: containerId,
            CNI_IFNAME: "eth0",
            CNI_NETNS: pod.path,
            CNI_PATH: "/nonexistent",
          });
        const first = await add("one");
        // Without a pause there is no time to prepare an instance; with one there is.
        const second = await add("other");
        warm.plugins.prepare();
        const third = await add("third");
        const status = await call(warm, { CNI_COMMAND: "STATUS", CNI_PATH: "/nonexistent" });
        for (const { message } of [first, second, third, status]) assert(message.includes(FRESH), message);
        // Else it would be no wonder.
        const loads = [first, second, third, status].map(({ steps }) => steps.includes("load counter"));
        assertEquals(loads, [true, false, false, false]);
      } finally {
        await warm.close();
      }
    },
  });
}
