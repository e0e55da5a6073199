// The examples are what the agent takes.

import { assertEquals } from "@std/assert";
import { readClusterOptions } from "../../runtime/cluster/cluster_options.ts";
import { parseNetworkConfig } from "../../runtime/cluster/network_config.ts";

const here = new URL("./", import.meta.url).pathname;

for (const type of ["etcd", "kubernetes", "static"]) {
  Deno.test(`${type}.json is a configuration of the agent`, () => {
    const options = readClusterOptions(`${here}${type}.json`, () => "node-9");
    assertEquals([options.store.type, options.node], [type, type === "static" ? "node-1" : "node-9"]);
  });
}

Deno.test("net-conf.json is a network", () => {
  const path = `${here}net-conf.json`;
  const { ipv4, ipv6, backendType } = parseNetworkConfig(Deno.readTextFileSync(path), path);
  assertEquals([ipv4?.network, ipv6?.network, backendType], ["10.244.0.0/16", "fd00:244::/48", "vxlan"]);
});
