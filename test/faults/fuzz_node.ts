// The program in this process, with an environment and an input that are made up, in this process' own namespace.

import { cniCall } from "../../runtime/cni/call.ts";
import { patientCaller } from "../../runtime/cni/caller.ts";
import { must } from "../lab/command.ts";
import { Namespace } from "../lab/namespace.ts";
import { type Answer, answerFault } from "./answer.ts";
import { difference, snapshot } from "./snapshot.ts";

const root = new URL("../..", import.meta.url).pathname;
const FORWARDING = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];

/** This process as a node, with one pod. */
export class FuzzNode implements AsyncDisposable {
  #before: readonly string[] = [];

  private constructor(readonly pod: Namespace, readonly directory: string) {}

  static async create(): Promise<FuzzNode> {
    const directory = await Deno.makeTempDir({ dir: "/run", prefix: "cnidaria-fuzz-" });
    const self = new FuzzNode(await Namespace.create("pod"), directory);
    await must(["sysctl", "-qw", ...FORWARDING]);
    // The kernel gives `lo` its address when it comes up for the first time, and leaves it there.
    await self.pod.ip("link set lo up");
    await self.pod.ip("link set lo down");
    Deno.env.set("CNIDARIA_STATE", self.stateDir);
    Deno.env.set("CNIDARIA_LIB", `${root}dist`);
    // The database and what is made at the first ADD of all are there from now on.
    await self.call({ CNI_COMMAND: "STATUS" }, { cniVersion: "1.1.0", name: "fuzz", type: "loopback" });
    self.#before = await self.#snapshot();
    return self;
  }

  get stateDir(): string {
    return `${this.directory}/state`;
  }

  /** A call with a right environment but for what is given. */
  async call(env: Readonly<Record<string, string | undefined>>, stdin: unknown): Promise<Answer> {
    const log = `${this.directory}/log`;
    await Deno.writeTextFile(log, "");
    const all: Record<string, string | undefined> = {
      CNI_COMMAND: "ADD",
      CNI_CONTAINERID: "fuzz",
      CNI_NETNS: this.pod.path,
      CNI_IFNAME: "eth0",
      CNI_PATH: "/nonexistent",
      CNIDARIA_ENGINE: "wasmtime",
      CNIDARIA_LOG_FILE: log,
      ...env,
    };
    const bytes = stdin instanceof Uint8Array
      ? stdin
      : new TextEncoder().encode(typeof stdin === "string" ? stdin : JSON.stringify(stdin));
    const { stdout, exitCode } = await cniCall({
      env: (name) => all[name],
      stdin: readerOf(bytes),
      ends: false,
      calledAs: () => Promise.resolve("cnidaria"),
      caller: patientCaller,
    });
    return { code: exitCode, stdout, stderr: await Deno.readTextFile(log) };
  }

  /**
   * What is wrong with an answer, or left behind by a call. An ADD that succeeded is followed by its DEL, which has to
   * succeed as well; bridges may stay then.
   */
  async faultsAfter(
    env: Readonly<Record<string, string | undefined>>,
    stdin: unknown,
    answer: Answer,
  ): Promise<string[]> {
    const faults: (string | undefined)[] = [answerFault(answer)];
    if ((env.CNI_COMMAND ?? "ADD") === "ADD" && answer.code === 0) {
      const { code, stdout } = await this.call({ ...env, CNI_COMMAND: "DEL" }, stdin);
      if (code !== 0) faults.push(`DEL of what ADD has made: ${stdout}`);
      await this.#removeBridges();
    }
    return [...faults.filter((it) => it !== undefined), ...await this.left()];
  }

  /** What is on the node, in the pod and in the state directory that was not there before. */
  async left(): Promise<string[]> {
    return difference(this.#before, await this.#snapshot());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The programs that later tests start would inherit them.
    for (const name of ["CNIDARIA_STATE", "CNIDARIA_LIB"]) Deno.env.delete(name);
    await this.#removeBridges();
    await this.pod.delete();
    await Deno.remove(this.directory, { recursive: true });
  }

  async #removeBridges(): Promise<void> {
    const text = await must(["ip", "-br", "link", "show", "type", "bridge"]);
    for (const line of text.split("\n").filter((it) => it !== "")) {
      await must(["ip", "link", "del", line.split(" ")[0]!]);
    }
  }

  #snapshot(): Promise<string[]> {
    const here = { must } as unknown as Namespace;
    return snapshot(here, [this.pod], this.stateDir);
  }
}

function readerOf(bytes: Uint8Array) {
  let at = 0;
  return {
    isTerminal: () => false,
    readSync(buffer: Uint8Array): number | null {
      if (at === bytes.length) return null;
      const part = bytes.subarray(at, at + buffer.length);
      buffer.set(part);
      at += part.length;
      return part.length;
    },
  };
}
