// Whom policies select, and whom they let in: the cases of the Kubernetes end-to-end suite about selectors of pods and of
// namespaces (test/e2e/network/netpol/network_policy.go).

import { type LabelSelector, networkPolicy, type NetworkPolicyPeer, type NetworkPolicySpec } from "../objects.ts";
import type { Case } from "./case.ts";

const A = { matchLabels: { pod: "a" } };
const NS = "kubernetes.io/metadata.name";
const ns = (name: string): LabelSelector => ({ matchLabels: { ns: name } });
const inList = (key: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator: "In", values }],
});
const notIn = (key: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator: "NotIn", values }],
});

/** A policy for pod x/a that lets these in. */
function toA(...from: NetworkPolicyPeer[]) {
  return policy({ podSelector: A, ingress: [{ from }] });
}

function policy(spec: NetworkPolicySpec, name = "case") {
  return networkPolicy("x", name, spec);
}

export const SELECTOR_CASES: readonly Case[] = [
  {
    name: "should support a 'default-deny-ingress' policy",
    steps: [{ policies: [policy({ podSelector: {}, policyTypes: ["Ingress"] })], expect: ["* -> x: no"] }],
  },
  {
    name: "should support a 'default-deny-all' policy",
    steps: [{
      policies: [policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] })],
      expect: ["* -> x: no", "x -> *: no"],
    }],
  },
  {
    name: "should enforce policy to allow traffic from pods within server namespace based on PodSelector",
    steps: [{
      policies: [toA({ podSelector: { matchLabels: { pod: "b" } } })],
      expect: ["* -> x/a: no", "x/b -> x/a: yes"],
    }],
  },
  {
    name: "should enforce policy to allow ingress traffic for a target",
    steps: [{
      policies: [policy({ podSelector: {}, policyTypes: ["Ingress"] }, "deny"), toA({ podSelector: {} })],
      expect: ["* -> x: no", "x -> x/a: yes"],
    }],
  },
  {
    name: "should enforce policy to allow ingress traffic from pods in all namespaces",
    steps: [{
      policies: [policy({ podSelector: {}, policyTypes: ["Ingress"] }, "deny"), toA({ namespaceSelector: {} })],
      expect: ["* -> x: no", "* -> x/a: yes"],
    }],
  },
  {
    name: "should enforce policy to allow traffic only from a different namespace, based on NamespaceSelector",
    steps: [{ policies: [toA({ namespaceSelector: ns("y") })], expect: ["* -> x/a: no", "y -> x/a: yes"] }],
  },
  {
    name: "should enforce policy based on PodSelector with MatchExpressions",
    steps: [{ policies: [toA({ podSelector: inList("pod", "b") })], expect: ["* -> x/a: no", "x/b -> x/a: yes"] }],
  },
  {
    name: "should enforce policy based on NamespaceSelector with MatchExpressions",
    steps: [{ policies: [toA({ namespaceSelector: inList("ns", "y") })], expect: ["* -> x/a: no", "y -> x/a: yes"] }],
  },
  {
    name: "should enforce policy based on PodSelector or NamespaceSelector",
    steps: [{
      policies: [toA({ podSelector: { matchLabels: { pod: "b" } } }, { namespaceSelector: ns("y") })],
      expect: ["* -> x/a: no", "x/b -> x/a: yes", "y -> x/a: yes"],
    }],
  },
  {
    name: "should enforce policy based on PodSelector and NamespaceSelector",
    steps: [{
      policies: [toA({ podSelector: { matchLabels: { pod: "b" } }, namespaceSelector: ns("y") })],
      expect: ["* -> x/a: no", "y/b -> x/a: yes"],
    }],
  },
  {
    name: "should enforce policy based on Multiple PodSelectors and NamespaceSelectors",
    steps: [{
      policies: [toA({ namespaceSelector: notIn("ns", "x"), podSelector: inList("pod", "b", "c") })],
      expect: ["* -> x/a: no", "y/b -> x/a: yes", "y/c -> x/a: yes", "z/b -> x/a: yes", "z/c -> x/a: yes"],
    }],
  },
  {
    name: "should enforce policy based on any PodSelectors",
    steps: [{
      policies: [
        toA(
          { namespaceSelector: {}, podSelector: inList("pod", "b") },
          { namespaceSelector: {}, podSelector: inList("pod", "c") },
        ),
      ],
      expect: ["* -> x/a: no", ...["x", "y", "z"].flatMap((it) => [`${it}/b -> x/a: yes`, `${it}/c -> x/a: yes`])],
    }],
  },
  {
    name:
      "should enforce policy to allow traffic only from a pod in a different namespace based on PodSelector and NamespaceSelector",
    steps: [{
      policies: [toA({ namespaceSelector: ns("y"), podSelector: A })],
      expect: ["* -> x/a: no", "y/a -> x/a: yes"],
    }],
  },
  {
    name: "should deny ingress from pods on other namespaces",
    steps: [{
      policies: [policy({ podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }] }] })],
      expect: ["y -> x: no", "z -> x: no"],
    }],
  },
  {
    name: "should enforce policy to allow traffic based on NamespaceSelector with MatchLabels using default ns label",
    steps: [{
      policies: [toA({ namespaceSelector: { matchLabels: { [NS]: "y" } } })],
      expect: ["* -> x/a: no", "y -> x/a: yes"],
    }],
  },
  {
    name: "should enforce policy based on NamespaceSelector with MatchExpressions using default ns label",
    steps: [{ policies: [toA({ namespaceSelector: notIn(NS, "x") })], expect: ["x -> x/a: no"] }],
  },
];
