// container-mtu: a chained plugin. It sets the MTU of an interface that the plugin before it made, and hands that one's
// result on. All that it can do to a node is in plugin.json: change the container's own interface.

import * as links from "cnidaria:cni/links@0.3.0";
import { attempt, CniError, definePlugin, ErrorCodes, fields, invalidConfig, parseConfig } from "@cnidaria/sdk";

// 68 bytes is the least that IPv4 asks of a link (RFC 791).
const schema = fields.object({ mtu: fields.integer(68, 65535) });

export const cni = definePlugin({
  add(at, text) {
    const { mtu } = parseConfig(schema, text);
    if (at.prevResult === undefined) {
      throw invalidConfig("prevResult is missing", "container-mtu comes after the plugin that makes the interface");
    }
    attempt(`set the MTU of ${at.ifname} to ${mtu}`, () => links.set("container", at.ifname, { mtu }));
    const interfaces = at.prevResult.interfaces.map((each) =>
      each.name === at.ifname && each.sandbox.tag === "container" ? { ...each, mtu } : each
    );
    return { ...at.prevResult, interfaces };
  },

  check(at, text) {
    const { mtu } = parseConfig(schema, text);
    const link = attempt(`read ${at.ifname}`, () => links.get("container", at.ifname));
    if (link.mtu === mtu) return;
    throw new CniError(
      ErrorCodes.checkFailed,
      `MTU of ${at.ifname} of container ${at.containerId} is ${link.mtu}, not ${mtu}`,
    );
  },

  status(_network, text) {
    parseConfig(schema, text);
  },
});
