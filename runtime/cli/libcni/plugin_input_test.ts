import { assertEquals } from "@std/assert";
import { parseNetworkList } from "./network_list.ts";
import { pluginInput } from "./plugin_input.ts";

const list = parseNetworkList(
  JSON.stringify({
    name: "n",
    cniVersion: "1.0.0",
    plugins: [{ type: "bridge", capabilities: { ips: true, mac: false }, bridge: "br0" }],
  }),
  "net.conflist",
);
const input = (additions: Parameters<typeof pluginInput>[2]) =>
  JSON.parse(pluginInput(list, list.plugins[0]!, additions));

Deno.test("pluginInput() adds the list's name and version", () => {
  const { name, cniVersion, bridge, prevResult, runtimeConfig } = input({});
  assertEquals({ name, cniVersion, bridge, prevResult, runtimeConfig }, {
    name: "n",
    cniVersion: "1.0.0",
    bridge: "br0",
    prevResult: undefined,
    runtimeConfig: undefined,
  });
});

Deno.test("pluginInput() hands over only the capability arguments that the plugin asks for", () => {
  const { runtimeConfig } = input({
    capabilityArgs: { ips: ["10.0.0.9/24"], mac: "02:00:00:00:00:01", portMappings: [] },
  });
  assertEquals(runtimeConfig, { ips: ["10.0.0.9/24"] });
});

Deno.test("pluginInput() names the valid attachments under both keys, even if there are none", () => {
  assertEquals(input({ validAttachments: [] })["cni.dev/valid-attachments"], []);
  assertEquals(input({ validAttachments: [] })["cni.dev/attachments"], []);
});
