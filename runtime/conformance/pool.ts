// A pool so small that it can be used up.

import { isObject, type PluginConfig } from "../cli/libcni/network_list.ts";
import type { Changes } from "./bench.ts";
import { NotApplicable } from "./case.ts";

/**
 * Narrows host-local's first IPv4 range.
 *
 * @param count addresses that are left
 * @throws {NotApplicable} by the answer, where the configuration has no such range
 */
export function smallPool(count: number): Changes {
  return (plugins) => {
    const index = plugins.findIndex(({ ipam }) => isObject(ipam) && ipam.type === "host-local");
    const plugin = plugins[index];
    const subnet = plugin && subnetOf(plugin);
    if (plugin === undefined || subnet === undefined) {
      throw new NotApplicable("the configuration has no host-local with an IPv4 subnet of /28 or larger");
    }
    const { type, dataDir, routes } = plugin.ipam as Record<string, unknown>;
    const address = (offset: number) => subnet.replace(/\d+\/\d+$/, (end) => `${parseInt(end) + offset}`);
    const range = { subnet, rangeStart: address(2), rangeEnd: address(1 + count) };
    const ipam = { type, dataDir, ranges: [[range]], ...routes !== undefined && { routes: ipv4Only(routes) } };
    return plugins.with(index, { ...plugin, ipam });
  };
}

function ipv4Only(routes: unknown): unknown {
  return Array.isArray(routes) ? routes.filter((it) => !isObject(it) || !String(it.dst).includes(":")) : routes;
}

function subnetOf({ ipam }: PluginConfig): string | undefined {
  const { subnet, ranges } = ipam as { subnet?: unknown; ranges?: unknown };
  const all = [subnet, ...(Array.isArray(ranges) ? ranges.flat().map((range) => range?.subnet) : [])];
  return all.find((it): it is string => {
    const match = typeof it === "string" ? /^\d+\.\d+\.\d+\.(\d+)\/(\d+)$/.exec(it) : null;
    return match !== null && Number(match[2]) <= 28 && Number(match[1]) % 16 === 0;
  });
}
