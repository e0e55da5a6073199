// podman with its CNI backend, of a test's own: namespaces, storage and networks.

import { BUSYBOX, busyboxImage } from "./busybox_image.ts";
import type { Node } from "./node.ts";
import { ProcessSpace } from "./process_space.ts";

/** Folders that podman and the plugins of its chains write to. */
const HIDDEN = ["/run/netns", "/var/lib/cni"];

// crun refuses the control groups of a machine that has both versions mounted; runc takes any.
function config(directory: string, plugins: readonly string[]): string {
  return `[network]
network_backend = "cni"
cni_plugin_dirs = ${JSON.stringify(plugins)}
network_config_dir = "${directory}/net.d"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`;
}

/** Runs until the end of its `await using` scope. */
export class Podman implements AsyncDisposable {
  private constructor(private readonly space: ProcessSpace, private readonly directory: string) {}

  /** @param plugins folders of CNI plugins; the first that has a name is taken */
  static async start(node: Node, plugins: readonly string[]): Promise<Podman> {
    const directory = `${node.directory}/podman`;
    await Deno.mkdir(`${directory}/net.d`, { recursive: true });
    const image = await busyboxImage(directory, ["sleep", "600"]);
    await Deno.writeTextFile(`${directory}/containers.conf`, config(directory, plugins));
    const environment = { CONTAINERS_CONF: `${directory}/containers.conf` };
    const space = await ProcessSpace.start(node, HIDDEN, "while :; do sleep 60; done", environment);
    const podman = new Podman(space, directory);
    try {
      await podman.must("load", "--input", image);
      return podman;
    } catch (error) {
      await podman[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a podman command that has to succeed. @returns what it writes on standard output */
  async must(...words: string[]): Promise<string> {
    const places = ["root", "runroot", "tmpdir"].flatMap((name) => [`--${name}`, `${this.directory}/${name}`]);
    const { code, stdout, stderr } = await this.space.run(["podman", ...places, "--storage-driver", "vfs", ...words]);
    if (code !== 0) throw new Error(`Cannot go on as podman ${words.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  /** Starts a container. @returns its id */
  runDetached(image: string, ...options: string[]): Promise<string> {
    return this.must("run", "--detach", "--cgroup-parent", this.space.cgroup, ...options, image);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.space[Symbol.asyncDispose]();
  }
}

/** Why containers cannot be run here; undefined where the programs are installed. */
export function podmanMissing(): string | undefined {
  const programs = ["/usr/bin/podman", "/usr/bin/conmon", "/usr/sbin/runc", "/usr/sbin/iptables", BUSYBOX];
  const missing = programs.filter((path) => {
    try {
      return !Deno.statSync(path).isFile;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? undefined : `needs ${missing.join(", ")}`;
}
