// containerd as a kubelet has it, of a test's own: process, mount and network namespace, root, state and socket. The end
// of its process namespace ends whatever it has started.

import { assert } from "@std/assert";
import { busyboxImage, IMAGE } from "./busybox_image.ts";
import type { Config, Target } from "./cni_call.ts";
import { type Outcome, run } from "./command.ts";
import { CriClient } from "./cri_client.ts";
import { Daemon } from "./daemon.ts";
import type { Node } from "./node.ts";

// The first process starts containerd again whenever it ends: its end would be that of the pods.
const SCRIPT = `
set -e
mkdir -p /run/containerd /run/netns
mount -t tmpfs tmpfs /run/containerd
mount -t tmpfs tmpfs /run/netns
while :; do
  containerd --config "$DIR/config.toml" &
  echo "$!" >"$DIR/pid"
  wait "$!" || true
done
`;

// Without CAP_SYS_RESOURCE no process may lower its oom_score_adj, which a pod's pause container wants to.
function config(directory: string, plugins: string): string {
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "${directory}/c.sock"
[debug]
  address = "${directory}/debug.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${IMAGE}"
  restrict_oom_score_adj = true
  disable_tcp_service = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${plugins}"
    conf_dir = "${directory}/net.d"
`;
}

/** Runs until the end of its `await using` scope. */
export class CriContainerd implements AsyncDisposable {
  private constructor(
    readonly client: CriClient,
    readonly daemon: Daemon,
    readonly directory: string,
    readonly init: string,
  ) {}

  /** Starts it on a node, with one network for all pods, and waits until it is ready. */
  static async start(target: Target, node: Node, network: Config): Promise<CriContainerd> {
    const directory = `${node.directory}/cri`;
    await Deno.mkdir(`${directory}/net.d`, { recursive: true });
    await busyboxImage(directory, ["sleep", "600"]);
    const { cniVersion, name, ...plugin } = network;
    const conflist = JSON.stringify({ cniVersion, name, plugins: [plugin] });
    await Deno.writeTextFile(`${directory}/net.d/10-test.conflist`, conflist);
    await Deno.writeTextFile(`${directory}/config.toml`, config(directory, target.directory));
    const flags = ["--pid", "--fork", "--kill-child", "--mount-proc", "--mount", "--propagation", "private"];
    const env = { ...target.environment(node), DIR: directory };
    const daemon = Daemon.start(["unshare", ...flags, "sh", "-c", SCRIPT], node.namespace, { env });
    const client = new CriClient(`${directory}/c.sock`, `/${node.namespace.name}`);
    let init = "";
    try {
      await daemon.until("its network is ready", () => client.networkReady(), 30_000);
      init = (await Deno.readTextFile(`/proc/${daemon.pid}/task/${daemon.pid}/children`)).trim();
      const containerd = new CriContainerd(client, daemon, directory, init);
      await containerd.#importImage();
      return containerd;
    } catch (error) {
      await new CriContainerd(client, daemon, directory, init)[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #importImage(): Promise<void> {
    const socket = `${this.directory}/c.sock`;
    const file = `${this.directory}/image.tar`;
    const { code, stderr } = await this.#inside([
      ...["ctr", "-a", socket, "-n", "k8s.io", "image", "import", "--snapshotter", "native", file],
    ]);
    assert(code === 0, stderr);
    await this.daemon.until("it has the image", () => this.client.hasImage(IMAGE));
  }

  /** Whether a pod reaches an address. */
  async ping(netns: string, address: string): Promise<boolean> {
    const ping = ["ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "2", address];
    return (await this.#inside(["nsenter", `--net=${netns}`, "--", ...ping])).code === 0;
  }

  /** Ends containerd with a signal, and waits until another one answers. Pods stay. */
  async restart(signal: "TERM" | "KILL"): Promise<void> {
    const pidFile = `${this.directory}/pid`;
    const before = await Deno.readTextFile(pidFile);
    await this.#inside(["kill", `-${signal}`, before.trim()]);
    await this.daemon.until("it is started again", async () => await Deno.readTextFile(pidFile) !== before);
    await this.daemon.until("its network is ready again", () => this.client.networkReady());
  }

  #inside(argv: readonly string[]): Promise<Outcome> {
    return run(["nsenter", "--target", this.init, "--pid", "--mount", "--net", "--", ...argv]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    // unshare does not hear SIGTERM while its child lives; the child has asked to die with it.
    await this.daemon.end("SIGKILL");
    const groups = [
      "find",
      "/sys/fs/cgroup",
      "-depth",
      "-type",
      "d",
      "-path",
      `*${this.client.cgroupParent}*`,
      "-delete",
    ];
    // A group is busy until the kernel has buried its last process.
    for (let tries = 0; tries < 50 && (await run(groups)).code !== 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }
}
