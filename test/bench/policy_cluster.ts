// A cluster for the bench: namespaces, pods and NetworkPolicies as a large one has them. Pure.

import type { Namespace, NetworkPolicy, NetworkPolicySpec, Pod } from "../policy/objects.ts";

export const NODE = "one";
const NAMESPACES = 100;
/** Applications of a namespace: pods with the same labels. */
const APPS = 10;
const TEAMS = 10;

export function namespaces(): Namespace[] {
  return Array.from({ length: NAMESPACES }, (_, at) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: `ns${at}`, labels: { team: `t${at % TEAMS}`, env: at % 2 === 0 ? "dev" : "prod" } },
  }));
}

/** @param local whether it is on the bench's node */
export function pod(at: number, local: boolean, labels: Readonly<Record<string, string>> = {}): Pod {
  const app = Math.floor(at / NAMESPACES) % APPS;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: `ns${at % NAMESPACES}`,
      name: `p${at}`,
      labels: { app: `a${app}`, tier: at % 3 === 0 ? "db" : "web", "pod-template-hash": `h${app}`, ...labels },
    },
    spec: {
      nodeName: local ? NODE : "another",
      containers: [{ name: "c", ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }] }],
    },
    status: { phase: "Running", podIPs: addressesOf(at).map((ip) => ({ ip })) },
  };
}

export function addressesOf(at: number): [ipv4: string, ipv6: string] {
  return [`10.${1 + (at >> 16)}.${at >> 8 & 255}.${at & 255}`, `fd00::${(at + 1).toString(16)}`];
}

/** Of each namespace's applications one: what it is reached by, what it reaches, and a network without a part. */
export function policy(at: number): NetworkPolicy {
  const app = Math.floor(at / NAMESPACES);
  const spec: NetworkPolicySpec = {
    podSelector: { matchLabels: { app: `a${app % APPS}` } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{
      from: [
        { podSelector: { matchLabels: { app: `a${(app + 1) % APPS}` } } },
        {
          namespaceSelector: { matchLabels: { team: `t${at % TEAMS}` } },
          podSelector: { matchLabels: { tier: "web" } },
        },
      ],
      ports: [{ port: "http" }, { port: 9000, endPort: 9100 }],
    }],
    egress: [
      { to: [{ ipBlock: { cidr: "10.0.0.0/8", except: [`10.${at % 200}.0.0/16`] } }] },
      {
        to: [{ namespaceSelector: { matchExpressions: [{ key: "env", operator: "In", values: ["prod"] }] } }],
        ports: [{ protocol: "UDP", port: 53 }],
      },
    ],
  };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { namespace: `ns${at % NAMESPACES}`, name: `policy${at}` },
    spec,
  };
}
