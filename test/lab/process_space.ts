// Where a container runtime of a test's own runs: process, mount and network namespace, with folders of the machine that
// runtimes write to hidden. The end of the process namespace ends whatever the runtime has started.

import { type Outcome, run } from "./command.ts";
import { Daemon } from "./daemon.ts";
import type { Node } from "./node.ts";

const FLAGS = ["--pid", "--fork", "--kill-child", "--mount-proc", "--mount", "--propagation", "private"];

/** A shell script as the first process, until the end of the `await using` scope. */
export class ProcessSpace implements AsyncDisposable {
  private constructor(
    readonly daemon: Daemon,
    /** For the runtime to put its containers' control groups below; removed at the end. */
    readonly cgroup: string,
    private readonly first: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /**
   * @param hidden folders below /run or /var/lib, seen empty inside
   * @param script must not end before the space is to end
   */
  static async start(
    node: Node,
    hidden: readonly string[],
    script: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<ProcessSpace> {
    const hide = hidden.map((path) => `mkdir -p ${path}; mount -t tmpfs tmpfs ${path}`).join("\n");
    const argv = ["unshare", ...FLAGS, "sh", "-c", `set -e\n${hide}\necho ready\n${script}`];
    const daemon = Daemon.start(argv, node.namespace, { env: environment });
    try {
      await daemon.until("its folders are mounted", () => daemon.log.includes("ready\n"));
      const first = (await Deno.readTextFile(`/proc/${daemon.pid}/task/${daemon.pid}/children`)).trim();
      return new ProcessSpace(daemon, `/${node.namespace.name}`, first, environment);
    } catch (error) {
      await daemon.end("SIGKILL");
      throw error;
    }
  }

  /** Runs a program inside, with the same environment. */
  run(argv: readonly string[]): Promise<Outcome> {
    const enter = ["nsenter", "--target", this.first, "--pid", "--mount", "--net", "--"];
    return run([...enter, ...argv], { env: this.environment });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // unshare does not hear SIGTERM while its child lives; the child has asked to die with it.
    await this.daemon.end("SIGKILL");
    const groups = ["find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", `*${this.cgroup}*`, "-delete"];
    // A group is busy until the kernel has buried its last process.
    for (let tries = 0; tries < 50 && (await run(groups)).code !== 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }
}
