// firewall: which connections reach a pod from other bridges and from its own, and an administrator's rules for pods.

import * as forwarding from "cnidaria:cni/forwarding@0.3.0";
import * as log from "cnidaria:cni/log@0.3.0";
import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";
import { addressOf, attempt, definePlugin, previousResult } from "../sdk/mod.ts";
import { check } from "./check.ts";
import { readConfig, withoutEffect } from "./config.ts";
import { confinementOf, podsOf } from "./wanted.ts";

export const cni = definePlugin({
  add,
  check,
  del: () => attempt("end what was said about forwarding", () => forwarding.release()),
  status(_network, text) {
    const { ingressPolicy } = readConfig(text);
    attempt("make the nftables rules that an ADD needs", () => forwarding.probe(ingressPolicy === "isolated"));
    tellBlockers();
  },
});

function add(at: Attachment, text: string): CniResult {
  const config = readConfig(text);
  const result = previousResult(at);
  const confinement = confinementOf(config, result);
  const isFirst = !attempt("read what is said about forwarding", () => forwarding.inUse());
  for (const line of withoutEffect(config)) log.write("warn", line);
  for (const pod of podsOf(config, result)) {
    attempt(`have ${addressOf(pod.address)} pass the administrator's rules`, () => forwarding.admit(pod));
  }
  if (confinement !== undefined) {
    const { link, ingress, ports } = confinement;
    attempt(`keep others from the pods of ${link}`, () => forwarding.confine({ link, ingress }));
    for (const port of ports) attempt(`keep ${link} from port ${port}`, () => forwarding.isolatePort(port));
  }
  // For each pod it would take too long where others have thousands of chains.
  if (isFirst) tellBlockers();
  return result;
}

/** In nftables, what one table drops no other can accept: it is the administrator's to see to. */
function tellBlockers(): void {
  for (const { family, table, chain, reason } of blockers()) {
    log.write(
      "warn",
      `traffic of pods may be dropped by nftables chain ${chain} of table ${family} ${table}, as ${reason}: ` +
        "only a rule there can accept it; cnidaria doctor says more",
    );
  }
}

/** None where they cannot be read, as while the rules change again and again: the pod has what it needs. */
function blockers(): forwarding.Blocker[] {
  try {
    return forwarding.blockers();
  } catch (error) {
    log.write("warn", `it is not known which nftables chains drop what pods send: ${(error as Error).message}`);
    return [];
  }
}
