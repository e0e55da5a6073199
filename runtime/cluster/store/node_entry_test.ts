import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkNode, type RawNode } from "./node_entry.ts";

const KEYS = {
  backendType: '"BackendType"',
  ipv4: { subnet: "subnet", publicIp: '"PublicIP"', backendData: '"BackendData"' },
  ipv6: { subnet: "IPv6 subnet", publicIp: '"PublicIPv6"', backendData: '"BackendV6Data"' },
};
const check = (raw: Omit<RawNode, "name">) => checkNode({ name: "n1", ...raw }, KEYS, 'node "n1"');
const four = { subnet: "10.5.1.0/24", publicIp: "192.0.2.1", backendData: '{"VNI":1}' };

Deno.test("a good entry, in canonical form", () => {
  const entry = check({
    backendType: "vxlan",
    ipv4: { ...four, subnet: "10.5.1.9/24" },
    ipv6: { subnet: "FD00:0:0:1::/64", publicIp: "2001:DB8:0::1", backendData: undefined },
  });
  assertEquals(entry, {
    kind: "node",
    node: {
      name: "n1",
      backendType: "vxlan",
      ipv4: four,
      ipv6: { subnet: "fd00:0:0:1::/64", publicIp: "2001:db8::1", backendData: "" },
    },
  });
});

for (
  const [name, raw, key] of [
    ["no backend", { backendType: undefined, ipv4: four }, '"BackendType"'],
    ["a backend with a newline", { backendType: "vx\nlan", ipv4: four }, '"BackendType"'],
    ["everything as subnet", { backendType: "vxlan", ipv4: { ...four, subnet: "0.0.0.0/0" } }, "subnet"],
    ["another family", { backendType: "vxlan", ipv6: four }, "IPv6 subnet"],
    ["an address that is none", { backendType: "vxlan", ipv4: { ...four, publicIp: "10.1.300.1" } }, '"PublicIP"'],
    ["data that is no JSON", { backendType: "vxlan", ipv4: { ...four, backendData: "{" } }, '"BackendData"'],
    [
      "too much data",
      { backendType: "vxlan", ipv4: { ...four, backendData: `"${"x".repeat(20000)}"` } },
      "BackendData",
    ],
    ["no family", { backendType: "vxlan" }, "subnet"],
  ] as const
) {
  Deno.test(`of no use, with the key: ${name}`, () => {
    const entry = check(raw);
    const why = entry.kind === "ignored" && entry.name === "n1" ? entry.why : "";
    assert(why.startsWith('Cannot use the entry of node "n1" as its ') && why.includes(key), why);
    assert(!why.includes("\n") && why.length < 300, why);
  });
}

Deno.test("nothing that anybody writes is more than an entry of no use", () => {
  const value = fc.oneof(fc.anything(), fc.string(), fc.json(), fc.ipV4(), fc.ipV6());
  const half = fc.record({ subnet: value, publicIp: value, backendData: value });
  fc.assert(fc.property(value, fc.option(half, { nil: undefined }), half, (backendType, ipv4, ipv6) => {
    const entry = check({ backendType, ipv6, ...ipv4 !== undefined && { ipv4 } });
    assert(entry.kind === "ignored" || entry.kind === "node");
  }));
});
