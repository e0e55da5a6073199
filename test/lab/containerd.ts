// containerd of a test's own: its root, state and socket below the node's directory, /opt/cni/bin and /etc/cni/net.d in a
// mount namespace of its own, inside the node's network namespace.

import { BUSYBOX, busyboxImage, IMAGE } from "./busybox_image.ts";
import type { Config, Target } from "./cni_call.ts";
import type { Outcome } from "./command.ts";
import type { Node } from "./node.ts";

// Overlays, so that the machine needs neither folder and sees neither. `ctr` itself calls the plugins.
const SCRIPT = `
set -e
for where in etc opt; do
  mkdir -p "$DIR/$where/up" "$DIR/$where/work"
  mount -t overlay overlay -o "lowerdir=/$where,upperdir=$DIR/$where/up,workdir=$DIR/$where/work" "/$where"
done
mkdir -p /run/containerd
mount -t tmpfs tmpfs /run/containerd
rm -rf /etc/cni/net.d
mkdir -p /etc/cni/net.d /opt/cni/bin
mount --bind "$PLUGINS" /opt/cni/bin
cp "$DIR/10-test.conflist" /etc/cni/net.d/
containerd --config "$DIR/config.toml" >"$DIR/containerd.log" 2>&1 &
daemon=$!
stop() {
  kill "$daemon" 2>/dev/null
  wait "$daemon" 2>/dev/null || true
  rmdir /sys/fs/cgroup/"$SPACE" /sys/fs/cgroup/*/"$SPACE" 2>/dev/null || true
}
trap stop EXIT
tries=0
until ctr -a "$DIR/c.sock" version >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ]; then cat "$DIR/containerd.log" >&2; exit 97; fi
  sleep 0.1
done
ctr -a "$DIR/c.sock" -n "$SPACE" image import --snapshotter native "$DIR/image.tar" >/dev/null
ctr -a "$DIR/c.sock" -n "$SPACE" run --rm --cni --snapshotter native "$IMAGE" pod sh -c "$RUN"
`;

function config(directory: string): string {
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${directory}/c.sock"
[debug]
  address = "${directory}/debug.sock"
`;
}

/**
 * Runs a shell command in a container that `ctr run --cni` gives a network.
 * @returns what the container wrote, and its exit status
 */
export async function runContainer(target: Target, node: Node, network: Config, command: string): Promise<Outcome> {
  const directory = `${node.directory}/containerd`;
  await Deno.mkdir(directory);
  await busyboxImage(directory);
  const { cniVersion, name, ...plugin } = network;
  await Deno.writeTextFile(`${directory}/10-test.conflist`, JSON.stringify({ cniVersion, name, plugins: [plugin] }));
  await Deno.writeTextFile(`${directory}/config.toml`, config(directory));
  return await node.namespace.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT], {
    env: {
      ...target.environment(node),
      DIR: directory,
      PLUGINS: target.directory,
      IMAGE,
      RUN: command,
      SPACE: node.namespace.name,
    },
    limit: 60_000,
  });
}

/** Why containers cannot be run here; undefined where the programs are installed. */
export function containerdMissing(): string | undefined {
  const missing = ["/usr/bin/containerd", "/usr/bin/ctr", "/usr/sbin/runc", BUSYBOX].filter((path) => !there(path));
  return missing.length === 0 ? undefined : `needs ${missing.join(", ")}`;
}

function there(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
