// Input that nobody should send: values, texts, and configurations that were right before something in them changed.

import fc from "fast-check";

/** Values of any type, most of them where another is expected. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -1, 1, 68, 65_536, 1e308, 2 ** 53, 0.5, "", " ", "\0", "a\0b", "\nat"],
    ...[
      "../../etc/passwd",
      "/etc/passwd",
      "/proc/self/mem",
      "/dev/zero",
      ".",
      "..",
      "a/b",
      "lo",
      "eth0",
      "all",
      "${ifname}",
    ],
    ...[
      "10.0.0.0/33",
      "0.0.0.0/0",
      "::/0",
      "::",
      "10.30.0.0/31",
      "fe80::1/64",
      "224.0.0.0/4",
      "127.0.0.1/8",
      "\u{1f4a5}",
    ],
    ...["x".repeat(16), "y".repeat(70_000), "\ud800", "%s%n", "$(reboot)", "; drop table leases", "-1", "__proto__"],
    ...[[], {}, [[]], [null], [[[[[[]]]]]], [{}], JSON.parse('{"__proto__":{"type":"bridge"}}')],
  ),
  fc.string({ maxLength: 40 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
);

type Json = Record<string, unknown> | unknown[];

/** Where a value is: the container and its key. */
function places(value: unknown): [Json, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    [value as Json, key] as [Json, string],
    ...places((value as Record<string, unknown>)[key]),
  ]);
}

const mutation = fc.record({
  at: fc.nat(10_000),
  how: fc.constantFrom("replace", "replace", "replace", "remove", "rename", "repeat", "nest"),
  value: hostileValue,
  name: fc.constantFrom(
    "ipam",
    "plugins",
    "prevResult",
    "runtimeConfig",
    "args",
    "dns",
    "mtu",
    "vlan",
    "",
    "__proto__",
  ),
});

/** A copy of a right configuration with one to three changes. */
export function mutated(bases: readonly Record<string, unknown>[]): fc.Arbitrary<Record<string, unknown>> {
  return fc.record({ base: fc.constantFrom(...bases), changes: fc.array(mutation, { minLength: 1, maxLength: 3 }) })
    .map(({ base, changes }) => {
      const config = structuredClone(base);
      for (const { at, how, value, name } of changes) {
        const all = places(config);
        const [container, key] = all[at % Math.max(1, all.length)] ?? [config, "name"];
        const target = container as Record<string, unknown>;
        const old = target[key];
        if (how === "replace") target[key] = value;
        else if (how === "remove") delete target[key];
        else if (how === "rename") {
          Object.defineProperty(target, name, { value: old, enumerable: true, configurable: true, writable: true });
        } else if (how === "repeat") target[key] = Array.from({ length: 50 }, () => structuredClone(old));
        else target[key] = { [name || "x"]: old };
      }
      return config;
    });
}

/** Texts that are no configuration at all, but look like JSON. */
export const nearlyJson: fc.Arbitrary<string> = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.jsonValue().map((value) => JSON.stringify({ cniVersion: "1.1.0", name: "fuzz", type: value })),
  fc.record({ text: fc.json(), at: fc.nat(200) }).map(({ text, at }) => text.slice(0, at)),
  fc.constantFrom(
    "[".repeat(100_000),
    '{"a":'.repeat(50_000),
    `"${"z".repeat(200_000)}"`,
    "\ufeff{}",
    "{} {}",
    "1e999999",
  ),
);
