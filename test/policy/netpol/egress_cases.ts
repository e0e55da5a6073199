// What policies let out, to pods and to networks: cases of the Kubernetes end-to-end suite.

import { networkPolicy, type NetworkPolicySpec } from "../objects.ts";
import { PLACES } from "../places.ts";
import type { Case } from "./case.ts";

const A = { matchLabels: { pod: "a" } };

function policy(spec: NetworkPolicySpec, name = "case", namespace = "x") {
  return networkPolicy(namespace, name, spec);
}

/** Networks that have this pod in them, of both families: all of that length. */
function blocks(pod: string, lengths: readonly [ipv4: number, ipv6: number]): string[] {
  const { ipv4, ipv6 } = PLACES.find(({ name }) => name === pod)!;
  return [`${ipv4}/${lengths[0]}`, `${ipv6}/${lengths[1]}`];
}

const HOST = [32, 128] as const;
const NODE = [24, 64] as const;

function egressTo(
  cidrs: readonly string[],
  except: (index: number) => readonly string[] | undefined = () => undefined,
) {
  const to = cidrs.map((cidr, index) => {
    const holes = except(index);
    return { ipBlock: { cidr, ...holes && { except: holes } } };
  });
  return { podSelector: A, policyTypes: ["Egress"] as const, egress: [{ to }] };
}

/** y/b is on node two, as x/c, y/b, z/a and z/c are. */
const ON_TWO = PLACES.filter(({ node }) => node === "two").map(({ name }) => name);

export const EGRESS_CASES: readonly Case[] = [
  {
    name: "should deny egress from pods based on PodSelector",
    steps: [{ policies: [policy({ podSelector: A, policyTypes: ["Egress"] })], expect: ["x/a -> *: no"] }],
  },
  {
    name: "should deny egress from all pods in a namespace",
    steps: [{ policies: [policy({ podSelector: {}, policyTypes: ["Egress"] })], expect: ["x -> *: no"] }],
  },
  {
    name: "should work with Ingress, Egress specified together",
    steps: [
      {
        policies: [
          policy({
            podSelector: A,
            policyTypes: ["Ingress", "Egress"],
            ingress: [{ from: [{ podSelector: { matchLabels: { pod: "b" } } }] }],
            egress: [{ ports: [{ port: 80 }] }],
          }),
        ],
        expect: ["* -> x/a: no", "x/b -> x/a: yes", "x/a -> *: no", "x/a -> * TCP 80: yes"],
      },
    ],
  },
  {
    name:
      "should support denying of egress traffic on the client side (even if the server explicitly allows this traffic)",
    steps: [{
      policies: [
        policy({
          podSelector: A,
          policyTypes: ["Egress"],
          egress: [{
            to: [{ namespaceSelector: { matchLabels: { ns: "y" } }, podSelector: { matchLabels: { pod: "b" } } }],
          }],
        }),
        policy({ podSelector: A, ingress: [{ from: [{ namespaceSelector: {} }] }] }, "allow", "y"),
        policy(
          { podSelector: { matchLabels: { pod: "b" } }, ingress: [{ from: [{ namespaceSelector: {} }] }] },
          "allow-b",
          "y",
        ),
      ],
      expect: ["x/a -> *: no", "x/a -> y/b: yes"],
    }],
  },
  {
    name:
      "should enforce egress policy allowing traffic to a server in a different namespace based on PodSelector and NamespaceSelector",
    steps: [{
      policies: [
        policy({
          podSelector: A,
          policyTypes: ["Egress"],
          egress: [{ to: [{ namespaceSelector: { matchLabels: { ns: "y" } }, podSelector: A }] }],
        }),
      ],
      expect: ["x/a -> *: no", "x/a -> y/a: yes"],
    }],
  },
  {
    name: "should allow egress access to server in CIDR block",
    steps: [{
      policies: [policy(egressTo(blocks("y/b", HOST)))],
      expect: ["x/a -> *: no", "x/a -> y/b: yes"],
    }],
  },
  {
    name: "should enforce except clause while egress access to server in CIDR block",
    steps: [{
      policies: [policy(egressTo(blocks("y/b", NODE), (index) => [blocks("y/b", HOST)[index]!]))],
      expect: ["x/a -> *: no", ...ON_TWO.map((it) => `x/a -> ${it}: yes`), "x/a -> y/b: no"],
    }],
  },
  {
    name: "should ensure an IP overlapping both IPBlock.CIDR and IPBlock.Except is allowed",
    steps: [
      {
        policies: [policy(egressTo(blocks("y/b", NODE), (index) => [blocks("y/b", HOST)[index]!]), "except")],
        expect: ["x/a -> *: no", ...ON_TWO.map((it) => `x/a -> ${it}: yes`), "x/a -> y/b: no"],
      },
      {
        policies: [
          policy(egressTo(blocks("y/b", NODE), (index) => [blocks("y/b", HOST)[index]!]), "except"),
          policy(egressTo(blocks("y/b", HOST)), "allow"),
        ],
        expect: ["x/a -> *: no", ...ON_TWO.map((it) => `x/a -> ${it}: yes`)],
      },
    ],
  },
  {
    name:
      "should enforce policies to check ingress and egress policies can be controlled independently based on PodSelector",
    steps: [{
      policies: [
        policy({
          podSelector: A,
          policyTypes: ["Egress"],
          egress: [{ to: [{ podSelector: { matchLabels: { pod: "b" } } }] }],
        }, "egress"),
        policy({
          podSelector: A,
          policyTypes: ["Ingress"],
          ingress: [{ from: [{ podSelector: { matchLabels: { pod: "c" } } }] }],
        }, "ingress"),
      ],
      expect: ["* -> x/a: no", "x/c -> x/a: yes", "x/a -> *: no", "x/a -> x/b: yes"],
    }],
  },
];
