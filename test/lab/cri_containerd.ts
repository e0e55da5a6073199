// containerd as a kubelet has it, of a test's own: namespaces, root, state and socket.

import { assert } from "@std/assert";
import { busyboxImage, IMAGE } from "./busybox_image.ts";
import type { Config, Target } from "./cni_call.ts";
import { CriClient } from "./cri_client.ts";
import type { Node } from "./node.ts";
import { ProcessSpace } from "./process_space.ts";

// The first process starts containerd again whenever it ends: its end would be that of the pods.
const SCRIPT = `
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
  readonly client: CriClient;

  private constructor(readonly space: ProcessSpace, readonly directory: string) {
    this.client = new CriClient(`${directory}/c.sock`, space.cgroup);
  }

  /** Starts it on a node, with one network for all pods, and waits until it is ready. */
  static async start(target: Target, node: Node, network: Config): Promise<CriContainerd> {
    const directory = `${node.directory}/cri`;
    await Deno.mkdir(`${directory}/net.d`, { recursive: true });
    await busyboxImage(directory, ["sleep", "600"]);
    const { cniVersion, name, ...plugin } = network;
    const conflist = JSON.stringify({ cniVersion, name, plugins: [plugin] });
    await Deno.writeTextFile(`${directory}/net.d/10-test.conflist`, conflist);
    await Deno.writeTextFile(`${directory}/config.toml`, config(directory, target.directory));
    const environment = { ...target.environment(node), DIR: directory };
    const space = await ProcessSpace.start(node, ["/run/containerd", "/run/netns"], SCRIPT, environment);
    const containerd = new CriContainerd(space, directory);
    try {
      await space.daemon.until("its network is ready", () => containerd.client.networkReady(), 30_000);
      await containerd.#importImage();
      return containerd;
    } catch (error) {
      await containerd[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #importImage(): Promise<void> {
    const socket = `${this.directory}/c.sock`;
    const file = `${this.directory}/image.tar`;
    const { code, stderr } = await this.space.run([
      ...["ctr", "-a", socket, "-n", "k8s.io", "image", "import", "--snapshotter", "native", file],
    ]);
    assert(code === 0, stderr);
    await this.space.daemon.until("it has the image", () => this.client.hasImage(IMAGE));
  }

  /** Whether a pod reaches an address. */
  async ping(netns: string, address: string): Promise<boolean> {
    const ping = ["ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "2", address];
    return (await this.space.run(["nsenter", `--net=${netns}`, "--", ...ping])).code === 0;
  }

  /** Ends containerd with a signal, and waits until another one answers. Pods stay. */
  async restart(signal: "TERM" | "KILL"): Promise<void> {
    const pidFile = `${this.directory}/pid`;
    const before = await Deno.readTextFile(pidFile);
    await this.space.run(["kill", `-${signal}`, before.trim()]);
    const { daemon } = this.space;
    await daemon.until("it is started again", async () => await Deno.readTextFile(pidFile) !== before, 30_000);
    await daemon.until("its network is ready again", () => this.client.networkReady(), 30_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.space[Symbol.asyncDispose]();
  }
}
