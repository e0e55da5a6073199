// What policies let in or out by port, by its name and by protocol: cases of the Kubernetes end-to-end suite.

import { networkPolicy, type NetworkPolicySpec, type Protocol } from "../objects.ts";
import { type Case, withProtocol } from "./case.ts";

const A = { matchLabels: { pod: "a" } };
const fromY = [{ namespaceSelector: { matchLabels: { ns: "y" } } }];

function policy(spec: NetworkPolicySpec, name = "case", namespace = "x") {
  return networkPolicy(namespace, name, spec);
}

/** Pod x/a, by 81 of a protocol from namespace y. */
function basedOnPorts(protocol: Protocol): Case["steps"] {
  return [{
    policies: [policy({ podSelector: A, ingress: [{ from: fromY, ports: [{ port: 81, protocol }] }] })],
    expect: ["* -> x/a: no", `y -> x/a ${protocol} 81: yes`],
  }];
}

/** The suite's three cases of each protocol that is not TCP. */
function alsoBy(protocol: Protocol): Case[] {
  const ports = [{ port: 80, protocol }];
  return [
    {
      name: withProtocol(protocol, "should support a 'default-deny-ingress' policy"),
      steps: [{ policies: [policy({ podSelector: {}, policyTypes: ["Ingress"] })], expect: ["* -> x: no"] }],
    },
    { name: withProtocol(protocol, "should enforce policy based on Ports"), steps: basedOnPorts(protocol) },
    {
      name: withProtocol(
        protocol,
        "should enforce policy to allow traffic only from a pod in a different namespace based on PodSelector and NamespaceSelector",
      ),
      steps: [{
        policies: [policy({ podSelector: A, ingress: [{ from: [{ ...fromY[0], podSelector: A }], ports }] })],
        expect: ["* -> x/a: no", `y/a -> x/a ${protocol} 80: yes`],
      }],
    },
  ];
}

export const PORT_CASES: readonly Case[] = [
  { name: "should enforce policy based on Ports", steps: basedOnPorts("TCP") },
  {
    name: "should allow ingress access on one named port",
    steps: [{
      policies: [policy({ podSelector: A, ingress: [{ ports: [{ port: "serve-81-tcp" }] }] })],
      expect: ["* -> x/a: no", "* -> x/a TCP 81: yes"],
    }],
  },
  {
    name: "should allow ingress access from namespace on one named port",
    steps: [{
      policies: [policy({ podSelector: A, ingress: [{ from: fromY, ports: [{ port: "serve-80-tcp" }] }] })],
      expect: ["* -> x/a: no", "y -> x/a TCP 80: yes"],
    }],
  },
  {
    name: "should allow egress access on one named port",
    steps: [{
      policies: [policy({ podSelector: A, policyTypes: ["Egress"], egress: [{ ports: [{ port: "serve-80-tcp" }] }] })],
      expect: ["x/a -> *: no", "x/a -> * TCP 80: yes"],
    }],
  },
  {
    name: "should enforce ingress policy allowing any port traffic to a server on a specific protocol",
    steps: [{
      policies: [policy({ podSelector: A, ingress: [{ ports: [{ protocol: "UDP" }] }] })],
      expect: ["* -> x/a: no", "* -> x/a UDP: yes"],
    }],
  },
  {
    name: "should not mistakenly treat 'protocol: SCTP' as 'protocol: TCP', even if the plugin doesn't support SCTP",
    steps: [{
      policies: [
        policy({ podSelector: A, ingress: [{ ports: [{ port: 81, protocol: "SCTP" }] }] }),
        policy({ podSelector: A, ingress: [{ ports: [{ port: 80, protocol: "TCP" }] }] }, "tcp"),
      ],
      expect: ["* -> x/a: no", "* -> x/a SCTP 81: yes", "* -> x/a TCP 80: yes"],
    }],
  },
  {
    name:
      "should properly isolate pods that are selected by a policy allowing SCTP, even if the plugin doesn't support SCTP",
    steps: [{
      policies: [policy({ podSelector: A, ingress: [{ ports: [{ port: 80, protocol: "SCTP" }] }] })],
      expect: ["* -> x/a: no", "* -> x/a SCTP 80: yes"],
    }],
  },
  {
    name: "should not allow access by TCP when a policy specifies only UDP",
    steps: [{
      policies: [policy({ podSelector: A, ingress: [{ ports: [{ port: 81, protocol: "UDP" }] }] })],
      expect: ["* -> x/a: no", "* -> x/a UDP 81: yes"],
    }],
  },
  ...alsoBy("UDP"),
  ...alsoBy("SCTP"),
];
