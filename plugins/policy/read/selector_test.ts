import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Requirement, Selector } from "../parsed_policy.ts";
import { matches, selectorText } from "./selector.ts";
import { NETWORK_POLICY, parsed, wrong } from "./testing.ts";

function read(podSelector: unknown): Selector {
  return parsed(NETWORK_POLICY, { podSelector }).subject.pods;
}

const term = (key: string, operator: Requirement["operator"], ...values: string[]) => ({ key, operator, values });

for (
  const [what, selector, expected, text] of [
    ["nothing", undefined, [], "*"],
    ["null", null, [], "*"],
    ["an empty selector", {}, [], "*"],
    ["empty parts", { matchLabels: {}, matchExpressions: [] }, [], "*"],
    ["null parts", { matchLabels: null, matchExpressions: null }, [], "*"],
    ["a label", { matchLabels: { app: "web" } }, [term("app", "In", "web")], "app=web"],
    ["a label without value", { matchLabels: { app: "" } }, [term("app", "In", "")], "app="],
    [
      "labels out of order",
      { matchLabels: { b: "2", a: "1" } },
      [term("a", "In", "1"), term("b", "In", "2")],
      "a=1,b=2",
    ],
    [
      "values out of order and twice",
      { matchExpressions: [{ key: "a", operator: "In", values: ["z", "b", "z", ""] }] },
      [term("a", "In", "", "b", "z")],
      "a in (,b,z)",
    ],
    [
      "each operator",
      {
        matchExpressions: [
          { key: "d", operator: "DoesNotExist" },
          { key: "c", operator: "Exists", values: [] },
          { key: "b", operator: "NotIn", values: ["y", "x"] },
          { key: "b", operator: "NotIn", values: ["x"] },
          { key: "a", operator: "Exists", values: null },
        ],
      },
      [
        term("a", "Exists"),
        term("b", "NotIn", "x"),
        term("b", "NotIn", "x", "y"),
        term("c", "Exists"),
        term("d", "DoesNotExist"),
      ],
      "a,b!=x,b notin (x,y),c,!d",
    ],
    [
      "a label and the same as an expression",
      { matchLabels: { a: "1" }, matchExpressions: [{ key: "a", operator: "In", values: ["1", "1"] }] },
      [term("a", "In", "1")],
      "a=1",
    ],
    [
      "what can never hold",
      { matchLabels: { a: "1" }, matchExpressions: [{ key: "a", operator: "In", values: ["2"] }] },
      [term("a", "In", "1"), term("a", "In", "2")],
      "a=1,a=2",
    ],
  ] as const
) {
  Deno.test(`a selector of ${what}`, () => {
    assertEquals(read(selector), expected);
    assertEquals(selectorText(read(selector)), text);
  });
}

const AT = "spec.podSelector";

for (
  const [selector, ...errors] of [
    ["web", `${AT}: it is no object: "web"`],
    [[], `${AT}: it is no object: a list of 0`],
    [{ matchLabel: {} }, `${AT}.matchLabel: it is no field of a label selector; it has matchLabels, matchExpressions`],
    [{ matchLabels: ["app"] }, `${AT}.matchLabels: it is no object: a list of 1`],
    [{ matchLabels: { "a b": "c" } }, `${AT}.matchLabels["a b"]: it is no label key, as app or example.com/app: "a b"`],
    [
      { matchLabels: { a: "b c", d: 5, e: null } },
      `${AT}.matchLabels.a: it is no label value, which has at most 63 letters and digits, and - _ . between them: "b c"`,
      `${AT}.matchLabels.d: it is no label value, which has at most 63 letters and digits, and - _ . between them: 5`,
      `${AT}.matchLabels.e: it is no label value, which has at most 63 letters and digits, and - _ . between them: null`,
    ],
    [{ matchExpressions: {} }, `${AT}.matchExpressions: it is no list: an object`],
    [{ matchExpressions: [null] }, `${AT}.matchExpressions[0]: it is no object: null`],
    [
      { matchExpressions: [{}] },
      `${AT}.matchExpressions[0].key: it is missing`,
      `${AT}.matchExpressions[0].operator: it is missing`,
    ],
    [
      { matchExpressions: [{ key: 5, operator: "in", values: "x" }] },
      `${AT}.matchExpressions[0].key: it is no text: 5`,
      `${AT}.matchExpressions[0].operator: it is none of In, NotIn, Exists, DoesNotExist: "in"`,
      `${AT}.matchExpressions[0].values: it is no list: "x"`,
    ],
    [
      { matchExpressions: [{ key: "-", operator: "Exists", value: "x" }] },
      `${AT}.matchExpressions[0].value: it is no field of an expression of a selector; it has key, operator, values`,
      `${AT}.matchExpressions[0].key: it is no label key, as app or example.com/app: "-"`,
    ],
    [
      { matchExpressions: [{ key: "a", operator: "In" }, { key: "a", operator: "NotIn", values: [] }] },
      `${AT}.matchExpressions[0].values: it has to have a value for In, and has none`,
      `${AT}.matchExpressions[1].values: it has to have a value for NotIn, and has none`,
    ],
    [
      {
        matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }, {
          key: "a",
          operator: "DoesNotExist",
          values: ["b", "c"],
        }],
      },
      `${AT}.matchExpressions[0].values: it has to be empty for Exists, and is a list of 1`,
      `${AT}.matchExpressions[1].values: it has to be empty for DoesNotExist, and is a list of 2`,
    ],
    [
      { matchExpressions: [{ key: "a", operator: "In", values: ["b", "c/d", 7] }] },
      `${AT}.matchExpressions[0].values[1]: it is no label value, which has at most 63 letters and digits, ` +
      'and - _ . between them: "c/d"',
      `${AT}.matchExpressions[0].values[2]: it is no label value, which has at most 63 letters and digits, ` +
      "and - _ . between them: 7",
    ],
  ] as [unknown, ...string[]][]
) {
  Deno.test(`a selector is refused: ${JSON.stringify(selector)}`, () => {
    assertEquals(wrong(NETWORK_POLICY, { podSelector: selector }), errors);
  });
}

Deno.test("matches(): each operator, where the label has that value, another one, none, and is not there", () => {
  const labels = [{ a: "1" }, { a: "2" }, { a: "" }, { b: "1" }].map((it) => new Map(Object.entries(it)));
  for (
    const [requirement, ...expected] of [
      [term("a", "In", "1"), true, false, false, false],
      [term("a", "In", "", "2"), false, true, true, false],
      [term("a", "NotIn", "1"), false, true, true, true],
      [term("a", "NotIn", "", "2"), true, false, false, true],
      [term("a", "Exists"), true, true, true, false],
      [term("a", "DoesNotExist"), false, false, false, true],
    ] as [Requirement, ...boolean[]][]
  ) {
    assertEquals(labels.map((it) => matches([requirement], it)), expected, selectorText([requirement]));
  }
});

Deno.test("matches(): all requirements have to hold; none are held by everybody", () => {
  const [web, old] = [term("app", "In", "web"), term("old", "Exists")];
  const labels = new Map([["app", "web"]]);
  assertEquals([matches([], labels), matches([], new Map()), matches([web], labels)], [true, true, true]);
  assertEquals([matches([web, old], labels), matches([old, web], labels)], [false, false]);
  assertEquals(matches([web, term("app", "In", "db")], labels), false);
});

const key = fc.constantFrom("a", "b", "c");
const value = fc.constantFrom("", "1", "2");
const expression = fc.oneof(
  fc.record({ key, operator: fc.constantFrom("In", "NotIn"), values: fc.array(value, { minLength: 1, maxLength: 4 }) }),
  fc.record({ key, operator: fc.constantFrom("Exists", "DoesNotExist") }),
);
const anySelector = fc.record({
  matchLabels: fc.dictionary(key, value),
  matchExpressions: fc.array(expression, { maxLength: 4 }),
});

Deno.test("the order in which a selector is written changes neither what it is read as nor what it selects", () => {
  fc.assert(fc.property(anySelector, fc.dictionary(key, value), (selector, given) => {
    const { matchLabels, matchExpressions } = selector;
    const turned = {
      matchExpressions: matchExpressions.toReversed().map((it) =>
        "values" in it ? { ...it, values: it.values.toReversed() } : it
      ),
      matchLabels: Object.fromEntries(Object.entries(matchLabels).toReversed()),
    };
    assertEquals(read(turned), read(selector));
    const expected = Object.entries(matchLabels).every(([key, value]) => given[key] === value) &&
      matchExpressions.every((it) => {
        const label = given[it.key];
        if (it.operator === "Exists" || it.operator === "DoesNotExist") {
          return (label !== undefined) === (it.operator === "Exists");
        }
        const isIn = label !== undefined && "values" in it && it.values.includes(label);
        return isIn === (it.operator === "In");
      });
    assertEquals(matches(read(selector), new Map(Object.entries(given))), expected);
  }));
});

Deno.test("selectorText(): two selectors have the same text only if they are the same", () => {
  fc.assert(fc.property(anySelector, anySelector, (one, other) => {
    const [a, b] = [read(one), read(other)];
    assertEquals(selectorText(a) === selectorText(b), JSON.stringify(a) === JSON.stringify(b));
  }));
});
