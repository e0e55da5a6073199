// CHECK: what the ADD asked for, against what the kernel does.

import * as forwarding from "cnidaria:cni/forwarding@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { addressOf, attempt, previousResult, refuseDifferences } from "../sdk/mod.ts";
import { readConfig } from "./config.ts";
import { confinementOf, podsOf } from "./wanted.ts";

export function check(at: Attachment, text: string): void {
  const config = readConfig(text);
  const result = previousResult(at);
  const there = attempt("read what is said about forwarding", () => forwarding.inForce());
  const differences = podsOf(config, result)
    .filter((pod) =>
      !there.pods.some(({ address, adminChain }) => addressOf(address) === pod.address && adminChain === pod.adminChain)
    )
    .map(({ address }) => `${address} does not pass the administrator's rules`);
  const confinement = confinementOf(config, result);
  if (confinement !== undefined) {
    const { link, ingress, ports } = confinement;
    const found = there.links.find((it) => it.link === link);
    // Another attachment may want more.
    if (found === undefined || (ingress === "isolated" && found.ingress !== ingress)) {
      differences.push(`${link} is not kept from others (${ingress})`);
    }
    const open = ports.filter((port) => !there.ports.includes(port));
    differences.push(...open.map((port) => `${link} forwards from and to port ${port}`));
  }
  refuseDifferences(at, differences);
}
