// Policies that change, or whose pods and namespaces do; several that overlap: cases of the Kubernetes end-to-end suite.

import { networkPolicy, type NetworkPolicySpec } from "../objects.ts";
import { type Case, labelNamespace, labelPod } from "./case.ts";

const A = { matchLabels: { pod: "a" } };

function policy(spec: NetworkPolicySpec, name = "case", namespace = "x") {
  return networkPolicy(namespace, name, spec);
}

const ALLOW_ALL = policy({ podSelector: {}, ingress: [{}] }, "allow-all");
const DENY_INGRESS = policy({ podSelector: {}, policyTypes: ["Ingress"] }, "deny");
const DENY_EGRESS = policy({ podSelector: {}, policyTypes: ["Egress"] }, "deny");

export const CHANGE_CASES: readonly Case[] = [
  {
    name: "should enforce multiple, stacked policies with overlapping podSelectors",
    steps: [
      {
        policies: [
          policy({
            podSelector: A,
            ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }], ports: [{ port: 80 }] }],
          }),
        ],
        expect: ["* -> x/a: no", "y -> x/a TCP 80: yes"],
      },
      {
        policies: [
          policy({
            podSelector: A,
            ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }], ports: [{ port: 80 }] }],
          }),
          policy({
            podSelector: {},
            ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }], ports: [{ port: 81 }] }],
          }, "second"),
        ],
        expect: ["* -> x: no", "y -> x TCP 81: yes", "y -> x/a TCP 80: yes"],
      },
    ],
  },
  {
    name: "should support allow-all policy",
    steps: [{ policies: [ALLOW_ALL], expect: [] }],
  },
  {
    name: "should enforce updated policy",
    steps: [
      { policies: [policy({ podSelector: {}, ingress: [{}] })], expect: [] },
      { policies: [policy({ podSelector: {}, policyTypes: ["Ingress"] })], expect: ["* -> x: no"] },
    ],
  },
  {
    name: "should allow ingress access from updated namespace",
    steps: [
      {
        policies: [
          policy({ podSelector: A, ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns2: "updated" } } }] }] }),
        ],
        expect: ["* -> x/a: no"],
      },
      { change: labelNamespace("y", { ns2: "updated" }), expect: ["* -> x/a: no", "y -> x/a: yes"] },
      { change: labelNamespace("y", { ns2: "other" }), expect: ["* -> x/a: no"] },
    ],
  },
  {
    name: "should allow ingress access from updated pod",
    steps: [
      {
        policies: [
          policy({
            podSelector: A,
            ingress: [{ from: [{ podSelector: { matchLabels: { pod: "b", pod2: "updated" } } }] }],
          }),
        ],
        expect: ["* -> x/a: no"],
      },
      { change: labelPod("x/b", { pod2: "updated" }), expect: ["* -> x/a: no", "x/b -> x/a: yes"] },
    ],
  },
  {
    name: "should deny ingress access to updated pod",
    steps: [
      {
        policies: [policy({ podSelector: { matchLabels: { target: "isolated" } }, policyTypes: ["Ingress"] })],
        expect: [],
      },
      { change: labelPod("x/a", { target: "isolated" }), expect: ["* -> x/a: no"] },
    ],
  },
  {
    name: "should enforce multiple ingress policies with ingress allow-all policy taking precedence",
    steps: [
      {
        policies: [policy({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] })],
        expect: ["* -> x: no", "* -> x TCP 80: yes"],
      },
      { policies: [policy({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }), ALLOW_ALL], expect: [] },
    ],
  },
  {
    name: "should enforce multiple egress policies with egress allow-all policy taking precedence",
    steps: [
      {
        policies: [policy({ podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port: 80 }] }] })],
        expect: ["x -> *: no", "x -> * TCP 80: yes"],
      },
      {
        policies: [
          policy({ podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port: 80 }] }] }),
          policy({ podSelector: {}, policyTypes: ["Egress"], egress: [{}] }, "allow-all"),
        ],
        expect: [],
      },
    ],
  },
  {
    name: "should stop enforcing policies after they are deleted",
    steps: [
      {
        policies: [DENY_INGRESS, { ...DENY_EGRESS, metadata: { namespace: "x", name: "deny-egress" } }],
        expect: ["* -> x: no", "x -> *: no"],
      },
      { policies: [], expect: [] },
    ],
  },
];
