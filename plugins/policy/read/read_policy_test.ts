import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readPolicy } from "./read_policy.ts";
import { CLUSTER_POLICY, NETWORK_POLICY, parsed, wrong } from "./testing.ts";

const NAMES = [NETWORK_POLICY, CLUSTER_POLICY];

for (
  const [what, text, path, message] of [
    ["nothing", "", "spec", "is no JSON ("],
    ["no JSON", "{podSelector: {}}", "spec", "is no JSON ("],
    ["half of it", '{"podSelector": {', "spec", "is no JSON ("],
    ["a number", "5", "spec", "is no object: 5"],
    ["201 lists", `{"a":${"[".repeat(200)}${"]".repeat(200)}}`, "spec", "has more than 200 objects and lists"],
    ["a million lists", "[".repeat(500_000), "spec", "has more than 200 objects and lists"],
    ["201 objects", `${'{"a":'.repeat(201)}1${"}".repeat(201)}`, "spec", "has more than 200 objects and lists"],
    ["200 of them", `${'{"a":'.repeat(200)}1${"}".repeat(200)}`, "spec.a", "is no field of a "],
    [
      "brackets in texts",
      JSON.stringify({ a: '"\\"' + "[".repeat(300) + "]".repeat(400), b: ["{".repeat(300)] }),
      "spec.a",
      "is no field of a ",
    ],
    [
      "brackets behind closed ones in a text",
      `{"${"]".repeat(300)}":${"[".repeat(250)}${"]".repeat(250)}}`,
      "spec",
      "has more than 200 objects and lists",
    ],
    [
      "too many characters",
      `{"a":"${" ".repeat(524_281)}"}`,
      "spec",
      "has 524289 characters of JSON, and at most 524288",
    ],
    ["__proto__", '{"__proto__":{"ingress":[{}]}}', 'spec["__proto__"]', "is no field of a "],
  ] as const
) {
  Deno.test(`a spec of ${what} is refused, whatever the kind`, () => {
    for (const name of NAMES) {
      const begin = `${path}: it ${message}`;
      assertEquals(wrong(name, text)[0]?.slice(0, begin.length), begin);
    }
  });
}

Deno.test("labels by the names of what every object has are labels like any other", () => {
  const matchLabels = { constructor: "a", toString: "b", hasOwnProperty: "c" };
  const { subject } = parsed(NETWORK_POLICY, { podSelector: { matchLabels } });
  assertEquals(subject.pods.map((it) => [it.key, it.values]), [
    ["constructor", ["a"]],
    ["hasOwnProperty", ["c"]],
    ["toString", ["b"]],
  ]);
});

Deno.test("20 errors are told, and that there are more", () => {
  const errors = (count: number) => wrong(NETWORK_POLICY, { ingress: Array.from({ length: count }, (_, at) => at) });
  assertEquals([errors(19).length, errors(20).length], [19, 20]);
  assertEquals(errors(20).at(-1), "spec.ingress[19]: it is no object: 19");
  assertEquals([errors(21).length, errors(21).at(-1)], [21, "spec: it has more errors than these"]);
  assertEquals(errors(10_000), errors(21));
});

/** JSON that has in it, at any place, what specs have. */
const words = [
  ...["podSelector", "policyTypes", "ingress", "egress", "from", "to", "ports", "ipBlock", "cidr", "except"],
  ...["namespaceSelector", "matchLabels", "matchExpressions", "key", "operator", "values", "port", "endPort"],
  ...["protocol", "tier", "priority", "subject", "namespaces", "pods", "nodes", "networks", "domainNames", "name"],
  ...["action", "protocols", "tcp", "destinationPort", "number", "range", "start", "end", "destinationNamedPort"],
  ...["__proto__", "constructor", "length", "toString"],
];
const texts = [
  "Ingress",
  "Egress",
  "10.0.0.0/8",
  "fd00::/8",
  "In",
  "Exists",
  "TCP",
  "http",
  "Admin",
  "Deny",
  "app",
  "",
];
const { spec } = fc.letrec((tie) => ({
  spec: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.oneof(fc.constantFrom<unknown>(...texts), fc.jsonValue(), fc.constant(80), fc.constant(null), fc.string()),
    fc.dictionary(fc.constantFrom(...words), tie("spec"), { maxKeys: 5 }),
    fc.array(tie("spec"), { maxLength: 3 }),
  ),
}));

Deno.test("any JSON is read or refused: nothing is thrown, and each error has a path and a message", () => {
  fc.assert(
    fc.property(spec, fc.constantFrom(...NAMES), (value, name) => {
      const policy = readPolicy({ name, spec: JSON.stringify(value) });
      if (!Array.isArray(policy)) return assertEquals(policy.name, name);
      assert(policy.length > 0 && policy.length <= 21);
      for (const { path, message } of policy) {
        assert(path.startsWith("spec") && /^(?:is|has|needs) /.test(message) && message.length < 400, message);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("any text is read or refused", () => {
  fc.assert(fc.property(fc.string(), fc.constantFrom(...NAMES), (spec, name) => {
    assert(Array.isArray(readPolicy({ name, spec })) || typeof JSON.parse(spec) === "object");
  }));
});
