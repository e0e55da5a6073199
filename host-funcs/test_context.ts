// A HostContext for tests: the host's namespace is the one that the test runs in, the container's is made for it.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { Change } from "./change.ts";
import type { HostContext } from "./context.ts";
import { HostCallError } from "./error.ts";
import type { Database } from "./state/database.ts";
import { listLinks } from "./links/look_up.ts";
import { currentNamespace, type NetworkNamespace, openNamespace } from "./sys/namespace.ts";
import { createNamespace, deleteNamespace } from "./sys/namespace_create.ts";
import { type NetlinkSocket, openNetlink } from "./sys/netlink_socket.ts";

/** Why a test can't change the network here; undefined if it can. */
export function reasonToSkip(): string | undefined {
  if (Deno.uid() !== 0) return "needs root";
  const own = Deno.readLinkSync("/proc/self/ns/net");
  const others = ancestors().map(namespaceOf).filter((name) => name !== undefined);
  if (others.some((name) => name !== own)) return undefined;
  // Started by a process that has ended: a machine's own namespace has devices, which are of no kind.
  if (others.length === 0 && !hasDevice()) return undefined;
  return "needs a network namespace of its own: unshare --net --mount deno test";
}

/** The processes above this one. The first of all is in the machine's namespace, but may hide it. */
function ancestors(): number[] {
  const pids: number[] = [];
  for (let pid = Deno.ppid; pid > 0;) {
    pids.push(pid);
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  return pids;
}

function hasDevice(): boolean {
  const netlink = openNetlink(currentNamespace());
  try {
    return listLinks(netlink, "host").some(({ kind }) => kind === "");
  } finally {
    netlink.close();
  }
}

function namespaceOf(pid: number): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** A test that changes the network: ignored, with the reason in its name, where it can't. */
export function networkTest(name: string, fn: (context: TestContext) => void | Promise<void>): void {
  const reason = reasonToSkip();
  Deno.test({
    name: reason === undefined ? name : `${name} (ignored: ${reason})`,
    ignore: reason !== undefined,
    // libnftables stays loaded from the first rule on, whichever test makes it.
    sanitizeResources: false,
    async fn() {
      const context = new TestContext();
      try {
        await fn(context);
      } finally {
        context.close();
      }
    },
  });
}

export class TestContext implements HostContext {
  readonly attachment = { network: "test", containerId: crypto.randomUUID(), ifname: "eth0" };
  readonly args = [];
  readonly config = {};
  /** What was recorded, in order. */
  readonly changes: Change[] = [];
  readonly path = `/run/cnidaria-test/${crypto.randomUUID()}`;
  /** Part of the names of links on the host, so that tests can run side by side. */
  readonly unique = crypto.randomUUID().slice(0, 6);
  /** Set to false to act as if the container were gone. */
  hasContainer = true;
  readonly #container: NetworkNamespace;
  readonly #sockets = new Map<Ns, NetlinkSocket>();

  constructor() {
    createNamespace(this.path);
    this.#container = openNamespace(this.path);
  }

  namespace(ns: Ns): NetworkNamespace {
    if (ns === "host") return currentNamespace();
    if (!this.hasContainer) throw new HostCallError("not-found", "Cannot use the container as it is gone");
    return this.#container;
  }

  netlink(ns: Ns): NetlinkSocket {
    const namespace = this.namespace(ns);
    let socket = this.#sockets.get(ns);
    if (!socket) this.#sockets.set(ns, socket = openNetlink(namespace));
    return socket;
  }

  database(): Database {
    throw new Error("the network tests have no database");
  }

  record(change: Change): void {
    this.changes.push(change);
  }

  log(): void {}

  /** What `ip -j ARGUMENTS` prints there: the kernel's state by another reader than ours. */
  // deno-lint-ignore no-explicit-any
  ip(ns: Ns, ...args: string[]): any {
    return this.command(ns, "ip", ["-j", "-d", ...args]);
  }

  // deno-lint-ignore no-explicit-any
  command(ns: Ns, program: string, args: string[]): any {
    const enter = ns === "container" ? ["nsenter", `--net=${this.path}`] : [];
    const [command, ...rest] = [...enter, program, ...args];
    const { success, stdout, stderr } = new Deno.Command(command!, { args: rest }).outputSync();
    if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    const text = new TextDecoder().decode(stdout);
    return text.trim() === "" ? [] : JSON.parse(text);
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#container.close();
    deleteNamespace(this.path);
  }
}
