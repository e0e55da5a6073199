// bridge: connects a container to a Linux bridge by a veth pair.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import { definePlugin, namesIpam } from "../sdk/mod.ts";
import { removeAttachment } from "../sdk/del.ts";
import { needKernel } from "../sdk/status.ts";
import { add } from "./add.ts";
import { check } from "./check.ts";
import { readConfig } from "./config.ts";

export const cni = definePlugin({
  add,
  check,
  del(at, text) {
    removeAttachment(at, text, namesIpam(text));
  },
  gc(_network, text) {
    if (namesIpam(text)) ipam.gc(text);
  },
  status(_network, text) {
    const config = readConfig(text);
    needKernel(["bridge", "veth"], config.ipMasq || config.macspoofchk);
    if (config.layer3) ipam.status(text);
  },
});
