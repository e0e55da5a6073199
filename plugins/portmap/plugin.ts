// portmap: leads ports of the node to the container.

import * as log from "cnidaria:cni/log@0.3.0";
import * as portMaps from "cnidaria:cni/port-maps@0.3.0";
import type { PortMap } from "cnidaria:cni/port-maps@0.3.0";
import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";
import {
  attempt,
  CniError,
  definePlugin,
  hostErrorOf,
  isHostError,
  previousResult,
  refuseDifferences,
  sameAddress,
} from "../sdk/mod.ts";
import { readConfig } from "./config.ts";
import { containerIps, hairpinOf, mapsOf } from "./port_maps.ts";

/** Another attachment has one of the ports. */
const PORT_TAKEN = 102;

export const cni = definePlugin({
  add(at, text) {
    const config = readConfig(text);
    const result = previousResult(at);
    const ips = containerIps(at, result);
    const maps = mapsOf(config.runtimeConfig.portMappings, ips);
    if (maps.length === 0) return result;
    if (config.backend === "iptables") {
      log.write("warn", 'backend is "iptables": nftables maps the ports all the same');
    }
    addMaps(at, maps, hairpinOf(config, ips));
    return result;
  },

  check(at, text) {
    const config = readConfig(text);
    const result: CniResult = previousResult(at);
    const wanted = mapsOf(config.runtimeConfig.portMappings, containerIps(at, result));
    if (wanted.length === 0) return;
    const present = attempt("read the mapped ports", () => portMaps.list());
    const missing = wanted.filter((map) => !present.some((it) => isSame(it, map)));
    refuseDifferences(at, missing.map((map) => `${nameOf(map)} does not lead to ${map.address}`));
  },

  del() {
    attempt("end the port maps", () => portMaps.release());
  },

  status(_network, text) {
    readConfig(text);
    attempt("map ports, as an ADD does", () => portMaps.probe());
  },
});

function addMaps(at: Attachment, maps: PortMap[], hairpin: portMaps.Hairpin | undefined): void {
  const doing = `map ports of the node to ${at.ifname} of container ${at.containerId}`;
  attempt(doing, () => {
    try {
      portMaps.add(maps, hairpin);
    } catch (error) {
      if (!isHostError(error, "exists")) throw error;
      throw new CniError(PORT_TAKEN, `Cannot ${doing}: ${hostErrorOf(error)!.message}`);
    }
  });
}

/** `tcp port 8080 of 192.0.2.1` */
function nameOf({ protocol, hostPort, hostAddress }: PortMap): string {
  return `${protocol} port ${hostPort}${hostAddress === undefined ? "" : ` of ${hostAddress}`}`;
}

function isSame(present: PortMap, wanted: PortMap): boolean {
  return present.protocol === wanted.protocol && present.hostPort === wanted.hostPort &&
    present.containerPort === wanted.containerPort && sameAddress(present.address, wanted.address) &&
    isSameHost(present.hostAddress, wanted.hostAddress);
}

/** All addresses of the node are none in particular. */
function isSameHost(present: string | undefined, wanted: string | undefined): boolean {
  const specific = wanted === "0.0.0.0" || wanted === "::" ? undefined : wanted;
  return present === undefined || specific === undefined ? present === specific : sameAddress(present, specific);
}
