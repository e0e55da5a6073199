// Tests of port maps: a packet filter without our tables, a database, and a pod in a namespace of its own behind a bridge.

import type { AttachmentKey } from "../../context.ts";
import { firewallTest } from "../../firewall/testing/with_firewall.ts";
import type { Database } from "../../state/database.ts";
import { TestContext } from "../../test_context.ts";

/** One attachment of the test's node. */
export class PortsContext extends TestContext {
  readonly lines: string[] = [];
  readonly #database: Database;

  constructor(database: Database, containerId = "a") {
    super();
    this.#database = database;
    Object.assign(this.attachment, { network: "net", containerId, ifname: "eth0" } satisfies AttachmentKey);
  }

  override database(): Database {
    return this.#database;
  }

  override log(level?: string, message?: string): void {
    this.lines.push(`${level}: ${message}`);
  }

  /** The name of the bridge of `connect`. */
  get bridge(): string {
    return `b${this.unique}`;
  }

  /** Gives the pod 10.77.0.5 and fd77::5 on a port of a bridge, which has 10.77.0.1 and fd77::1. */
  connect(): void {
    const { bridge, unique } = this;
    this.#run("host", `ip link add ${bridge} type bridge`);
    this.#run("host", `ip link add v${unique} type veth peer name eth0 netns ${this.path}`);
    this.#run("host", `ip link set v${unique} master ${bridge} up`);
    for (const address of ["10.77.0.1/24", "fd77::1/64 nodad"]) {
      this.#run("host", `ip address add ${address} dev ${bridge}`);
    }
    this.#run("host", `ip link set ${bridge} up`);
    this.#run("host", "ip link set lo up");
    for (const address of ["10.77.0.5/24", "fd77::5/64 nodad"]) {
      this.#run("container", `ip address add ${address} dev eth0`);
    }
    for (const link of ["lo", "eth0"]) this.#run("container", `ip link set ${link} up`);
    this.#run("container", "ip route add default via 10.77.0.1");
    this.#run("container", "ip -6 route add default via fd77::1");
    for (const key of ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]) {
      this.#run("host", `sysctl -qw ${key}=1`);
    }
  }

  /** Runs a command there. @throws {Error} with what it said */
  #run(ns: "host" | "container", line: string): void {
    const [program = "", ...args] = line.split(" ");
    this.command(ns, program, args);
  }

  override close(): void {
    try {
      this.#run("host", `ip link delete ${this.bridge}`);
    } catch {
      // It was never made.
    }
    super.close();
  }
}

/** A test with contexts that are closed at its end. @param ruleset what `nft` says of our tables */
export function portsTest(
  name: string,
  body: (
    at: (containerId?: string) => PortsContext,
    ruleset: () => string,
    nft: Parameters<Parameters<typeof firewallTest>[1]>[2],
  ) => void,
): void {
  firewallTest(name, (database, ruleset, nft) => {
    const contexts: PortsContext[] = [];
    const at = (containerId?: string) => {
      const context = new PortsContext(database, containerId);
      contexts.push(context);
      return context;
    };
    try {
      body(at, ruleset, nft);
    } finally {
      for (const context of contexts) context.close();
    }
  });
}
