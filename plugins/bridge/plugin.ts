// bridge: connects a container to a Linux bridge by a veth pair.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import { definePlugin } from "../sdk/mod.ts";
import { removeAttachment } from "../sdk/del.ts";
import { needKernel } from "../sdk/status.ts";
import { add } from "./add.ts";
import { check } from "./check.ts";
import { readConfig } from "./config.ts";

export const cni = definePlugin({
  add,
  check,
  del(at, text) {
    removeAttachment(at, text, hasIpam(text));
  },
  gc(_network, text) {
    if (hasIpam(text)) ipam.gc(text);
  },
  status(_network, text) {
    const config = readConfig(text);
    needKernel(["bridge", "veth"], config.ipMasq || config.macspoofchk);
    if (config.layer3) ipam.status(text);
  },
});

/** Cleaning up must work with a configuration that has become invalid elsewhere. */
function hasIpam(text: string): boolean {
  const type = (JSON.parse(text) as { ipam?: { type?: unknown } }).ipam?.type;
  return typeof type === "string" && type !== "";
}
