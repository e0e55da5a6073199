// A state with many attachments that never were: for tests of what a page of thousands costs, and of names that a pod's
// author chose to do harm.

import { createLeases } from "../../../host-funcs/leases/mod.ts";
import type { Database } from "../../../host-funcs/state/database.ts";
import { fakeContext } from "../../../host-funcs/state/testing.ts";
import { bootId } from "../../../host-funcs/sys/identity.ts";

export interface Crowd {
  readonly count: number;
  /** Room for all of them. */
  readonly subnet: string;
  readonly network?: string;
  /** Of the pod, by its number. */
  readonly name?: (at: number) => string;
}

/**
 * Fills a database: each has a lease, a row in the ledger and a result, as the bridge plugin's. Not the ledger's copies.
 * They live as long as this boot.
 */
export function fill(database: Database, { count, subnet, network = "pods", name = (at) => `web-${at}` }: Crowd): void {
  const pool = { index: 0, ranges: [rangeOf(subnet)], store: "", domain: "cni0", cooldown: 0 };
  const began = Date.now() - count * 1000;
  database.transaction(() => {
    for (let at = 0; at < count; at++) {
      const containerId = at.toString(16).padStart(64, "0");
      const args = [["K8S_POD_NAMESPACE", `team-${at % 20}`], ["K8S_POD_NAME", name(at)]] as const;
      const context = fakeContext(database, { network, containerId }, { args });
      const { address } = createLeases(context).acquire(pool, undefined);
      const mac = `0a:58:${hex(at >> 24)}:${hex(at >> 16)}:${hex(at >> 8)}:${hex(at)}`;
      const result = {
        cniVersion: "1.1.0",
        interfaces: [
          { name: "cni0", mac: "0a:58:0a:00:00:01" },
          { name: `veth${at.toString(16).padStart(8, "0")}`, mac: "fe:00:00:00:00:01" },
          { name: "eth0", mac, sandbox: "/var/run/netns/none" },
        ],
        ips: [{ address: `${address.replace(/\/.*/, "")}/16`, interface: 2 }],
      };
      database.run(
        `INSERT INTO attachments (network, container_id, ifname, plugin, netns_path, netns_id, boot_id, config, args, result,
          changes, created_ms, runtime) VALUES (?, ?, 'eth0', 'bridge', '', '', ?, '{}', ?, ?, '[]', ?, 'containerd')`,
        network,
        containerId,
        bootId(),
        args.map(([key, value]) => `${key}=${value}`).join(";"),
        JSON.stringify(result),
        began + at * 1000,
      );
    }
  });
}

function hex(number: number): string {
  return (number & 255).toString(16).padStart(2, "0");
}

/** All of a subnet but its first and last address. */
function rangeOf(subnet: string) {
  const [address = "", length = ""] = subnet.split("/");
  const base = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const last = base + 2 ** (32 - Number(length)) - 2;
  const text = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
  return { subnet, first: text(base + 1), last: text(last) };
}
