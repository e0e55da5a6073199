// vlan: puts a container on a VLAN of a network of the node.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import { needLinks } from "../sdk/kernel_links.ts";
import { definePlugin, namesIpam } from "../sdk/mod.ts";
import { needParent } from "../sdk/parent.ts";
import { removeLink } from "../sdk/remove.ts";
import { add } from "./add.ts";
import { check } from "./check.ts";
import { readConfig } from "./config.ts";

export const cni = definePlugin({
  add,
  check,
  del: (at, text) => removeLink(at, text, namesIpam(text)),
  gc(_network, text) {
    if (namesIpam(text)) ipam.gc(text);
  },
  status(_network, text) {
    const config = readConfig(text);
    needLinks(["vlan"]);
    if (!config.linkInContainer) needParent(config.master);
    ipam.status(text);
  },
});
