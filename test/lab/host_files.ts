// A node with files of its own: /opt, /etc, /run and /var/lib in a mount namespace, for what has to be installed where it
// is on a real node.

import { must, type Outcome, run, start } from "./command.ts";
import { Namespace } from "./namespace.ts";

// As systemd has it: what is mounted on the node can appear in a container.
const SETUP = `
set -e
for folder in /opt /etc /run /var/lib; do mount -t tmpfs tmpfs $folder; done
mount --make-shared /run
# crun refuses a machine that has control groups of both versions.
umount /sys/fs/cgroup/unified 2>/dev/null || true
mkdir -p /opt/cni/bin /etc/cni/net.d /run/netns /run/cnidaria /run/flannel /var/lib/cnidaria /opt/cnidaria
echo ready
read -r _
`;

/** Lasts until the end of its `await using` scope. */
export class HostFiles implements AsyncDisposable {
  private constructor(readonly network: Namespace, readonly holder: Deno.ChildProcess) {}

  static async create(): Promise<HostFiles> {
    const network = await Namespace.create("node");
    await network.ip("link set lo up");
    const argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP];
    const holder = network.start(argv, { openInput: true });
    const reader = holder.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    if (new TextDecoder().decode(value).trim() === "ready") return new HostFiles(network, holder);
    const why = await new Response(holder.stderr).text();
    await network.delete();
    throw new Error(`Cannot make a node with files of its own: ${why}`);
  }

  /** A file of the node, as this process finds it. */
  path(path: string): string {
    return `/proc/${this.holder.pid}/root${path}`;
  }

  run(argv: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<Outcome> {
    return run(this.#inside(argv), options);
  }

  must(argv: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<string> {
    return must(this.#inside(argv), options);
  }

  start(argv: readonly string[], options: Parameters<typeof run>[1] = {}): Deno.ChildProcess {
    return start(this.#inside(argv), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.holder.stdin.close();
    await Promise.all([this.holder.stdout.cancel(), this.holder.stderr.cancel()]);
    await this.holder.status;
    await this.network.delete();
  }

  #inside(argv: readonly string[]): string[] {
    return ["nsenter", `--net=${this.network.path}`, `--mount=/proc/${this.holder.pid}/ns/mnt`, "--", ...argv];
  }
}
