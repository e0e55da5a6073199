// CHECK: the lease, then everything in prevResult against the kernel.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { previousResult, refuseDifferences } from "../sdk/mod.ts";
import { childDifferences, parentNs } from "../sdk/parent.ts";
import { readConfig } from "./config.ts";

export function check(at: Attachment, text: string): void {
  const config = readConfig(text);
  const result = previousResult(at);
  if (config.layer3) ipam.check(text, result);
  const parent = { ns: parentNs(config), name: config.master || undefined };
  refuseDifferences(at, childDifferences(at, result, { tag: "macvlan", val: config.mode }, parent));
}
