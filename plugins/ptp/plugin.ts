// ptp: connects a container to the node by a veth pair, point to point.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import { removeAttachment } from "../sdk/del.ts";
import { definePlugin } from "../sdk/mod.ts";
import { needKernel } from "../sdk/status.ts";
import { add } from "./add.ts";
import { check } from "./check.ts";
import { readConfig } from "./config.ts";

export const cni = definePlugin({
  add,
  check,
  del: (at, text) => removeAttachment(at, text, true),
  gc: (_network, text) => ipam.gc(text),
  status(_network, text) {
    needKernel(["veth"], readConfig(text).ipMasq);
    ipam.status(text);
  },
});
