// host-device: moves a device of the node into a container. The host takes it back when the attachment goes.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import { definePlugin, namesIpam } from "../sdk/mod.ts";
import { add } from "./add.ts";
import { check } from "./check.ts";
import { deviceOf, hasIpam, readConfig } from "./config.ts";

export const cni = definePlugin({
  add,
  check,
  del(_at, text) {
    if (namesIpam(text)) ipam.del(text);
  },
  gc(_network, text) {
    if (namesIpam(text)) ipam.gc(text);
  },
  // Whether the device is there is not asked: it is away while a container has it.
  status(_network, text) {
    const config = readConfig(text);
    deviceOf(config);
    if (hasIpam(config)) ipam.status(text);
  },
});
