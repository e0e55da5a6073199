// `cnidaria leases`: who has which address.

import { listLeases } from "../../../host-funcs/leases/list.ts";
import { stateDir } from "../../paths.ts";
import { ageOf } from "../../query/age.ts";
import { NodeView } from "../../query/node_view.ts";
import { type Output, table } from "../output.ts";

export function leases(options: { network?: string; json?: boolean }, output: Output): void {
  using view = new NodeView(stateDir());
  const found = view.read(listLeases, [])
    .filter((lease) => options.network === undefined || lease.network === options.network);
  if (options.json === true) return output.json(found);
  const rows = found.map((lease) => [
    lease.network,
    lease.address,
    lease.podName === "" ? "-" : `${lease.podNamespace}/${lease.podName}`,
    `${lease.containerId.slice(0, 12)}/${lease.ifname}`,
    ageOf(lease.sinceMs, Date.now()),
  ]);
  for (const line of table(["NETWORK", "ADDRESS", "POD", "CONTAINER", "AGE"], rows)) output.line(line);
}
