import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseConfig } from "./config.ts";
import { CniFailure } from "./failure.ts";

function failureOf(config: unknown): CniFailure {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  return assertThrows(() => parseConfig(text), CniFailure) as CniFailure;
}

Deno.test("parseConfig() keeps what it does not know", () => {
  const config = { cniVersion: "1.0.0", name: "net", type: "bridge", bridge: "cni0", nested: { a: [1] } };
  assertEquals(parseConfig(JSON.stringify(config)) as unknown, config);
});

Deno.test("parseConfig() takes null for a missing key, as Go writes it", () => {
  parseConfig('{"name": "net", "ipam": null, "dns": {"nameservers": null}, "prevResult": null, "args": null}');
});

for (const text of ["", " ", "{", "{]", "nul", '{"name": "net"} x', "\u0000"]) {
  Deno.test(`parseConfig() answers code 6 to ${JSON.stringify(text)}`, () => assertEquals(failureOf(text).code, 6));
}

for (
  const [config, key] of [
    [{}, "name"],
    [{ name: "" }, "name"],
    [{ name: 5 }, "name"],
    [{ name: "a/b" }, "name"],
    [{ name: "-a" }, "name"],
    [{ name: "net", cniVersion: 1 }, "cniVersion"],
    [{ name: "net", type: "../sh" }, "type"],
    [{ name: "net", plugin: 1 }, "plugin"],
    [{ name: "net", plugins: [] }, "plugins"],
    [{ name: "net", plugins: [{}] }, "plugins.0.type"],
    [{ name: "net", ipam: "host-local" }, "ipam"],
    [{ name: "net", ipam: { type: 5 } }, "ipam.type"],
    [{ name: "net", ipam: { type: "a/b" } }, "ipam.type"],
    [{ name: "net", dns: { nameservers: "1.1.1.1" } }, "dns.nameservers"],
    [{ name: "net", dns: { search: [1] } }, "dns.search.0"],
    [{ name: "net", prevResult: [] }, "prevResult"],
    [{ name: "net", runtimeConfig: 1 }, "runtimeConfig"],
    [{ name: "net", "cni.dev/valid-attachments": [{ containerID: "a" }] }, "cni.dev/valid-attachments.0.ifname"],
  ] as const
) {
  Deno.test(`parseConfig() names the key ${key} of ${JSON.stringify(config)}`, () => {
    const failure = failureOf(config);
    assertEquals([failure.code, failure.message.includes(`"${key}"`)], [7, true], failure.message);
  });
}

for (const config of ["[]", "5", "null", '"x"']) {
  Deno.test(`parseConfig() refuses ${config}, which is no object`, () => {
    const failure = failureOf(config);
    assertEquals([failure.code, failure.message.includes("no JSON object")], [7, true], failure.message);
  });
}

Deno.test("parseConfig() parses or refuses with code 6 or 7, whatever it gets", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.json().map((json) => `{"name": "n", "ipam": ${json}}`),
  );
  fc.assert(fc.property(texts, (text) => {
    try {
      parseConfig(text);
    } catch (error) {
      if (!(error instanceof CniFailure)) throw error;
      assertEquals([6, 7].includes(error.code), true);
    }
  }));
});
