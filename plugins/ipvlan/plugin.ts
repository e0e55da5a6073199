// ipvlan: puts a container on a network of the node, by a link with the MAC address of its parent.

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
    needLinks(["ipvlan"]);
    // In a chain the parent is known only when the plugin before has made it.
    if (!config.linkInContainer && config.master !== "") needParent(config.master);
    if (config.leased) ipam.status(text);
  },
});
