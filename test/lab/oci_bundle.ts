// A container without a container engine: an OCI bundle (OCI runtime specification, bundle.md), run by crun or runc.

/** A folder of the node, as the container sees it. */
export interface BundleMount {
  readonly source: string;
  readonly path: string;
  readonly readOnly: boolean;
  /** Whether mounts that are made on the node later appear in the container. */
  readonly propagates: boolean;
}

/** What runs, and with which rights. Its network is that of whoever starts it. */
export interface BundleProcess {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly mounts: readonly BundleMount[];
  /** All capabilities, /proc and /sys to be written. */
  readonly privileged: boolean;
  /** Those that it has where it is not privileged: `CAP_CHOWN`. */
  readonly capabilities: readonly string[];
  readonly readOnlyRoot: boolean;
  /** Whether it sees the node's processes. */
  readonly hostPid: boolean;
}

const RUNTIMES = ["/usr/bin/crun", "/usr/sbin/runc"];

/** The runtime that is installed. */
export function ociRuntime(): string | undefined {
  return RUNTIMES.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/**
 * Writes a bundle.
 *
 * @param directory of the bundle; holds nothing else
 * @param rootFs shared with other bundles: the container must not write to it
 */
export async function writeBundle(directory: string, rootFs: string, process: BundleProcess): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  const capabilities = process.privileged ? allCapabilities() : process.capabilities;
  const config = {
    ociVersion: "1.0.2",
    process: {
      args: process.args,
      env: process.env,
      cwd: "/",
      user: { uid: 0, gid: 0 },
      noNewPrivileges: !process.privileged,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    root: { path: rootFs, readonly: process.readOnlyRoot },
    mounts: [...systemMounts(process.privileged), ...process.mounts.map(toMount)],
    linux: {
      rootfsPropagation: "rslave",
      namespaces: ["mount", "ipc", "uts", ...(process.hostPid ? [] : ["pid"])].map((type) => ({ type })),
      ...(process.privileged ? {} : {
        readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
      }),
    },
  };
  await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(config));
}

/** The command that runs a bundle to its end. */
export function bundleCommand(runtime: string, directory: string, name: string): string[] {
  // Control groups are not what is tested, and those of a machine may be of either version, or read-only.
  const cgroups = runtime.endsWith("crun") ? ["--cgroup-manager=disabled"] : [];
  return [runtime, "--root", `${directory}/state`, ...cgroups, "run", "--bundle", directory, name];
}

function systemMounts(writable: boolean) {
  const fixed = ["nosuid", "noexec", "nodev"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: fixed },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=65536k"] },
    { destination: "/sys", type: "none", source: "/sys", options: ["rbind", ...fixed, writable ? "rw" : "ro"] },
  ];
}

function toMount({ source, path, readOnly, propagates }: BundleMount) {
  const options = ["rbind", readOnly ? "ro" : "rw", propagates ? "rslave" : "rprivate"];
  return source === ""
    ? { destination: path, type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=1777"] }
    : { destination: path, type: "none", source, options };
}

/** In the order of their numbers: include/uapi/linux/capability.h. */
const CAPABILITIES =
  ("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
    "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
    "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " +
    "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split(" ");

/** Those that this process can give away. */
function allCapabilities(): string[] {
  const set = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))![1]}`);
  return CAPABILITIES.filter((_, bit) => set >> BigInt(bit) & 1n).map((name) => `CAP_${name}`);
}
