// Whether network policies are in force, and what keeps some of them from it.

import type { PolicyStatus } from "../../runtime/policy/policy_status.ts";

export function PolicyState({ status }: { readonly status: PolicyStatus }) {
  const { inForce, waitsFor, failed, troubles, rejected, waiting, objects, localPods, elements } = status;
  return (
    <>
      <dl class="facts">
        <dt>In force</dt>
        <dd>
          {inForce
            ? <span class="tag good">yes</span>
            : <span class="tag warn">not yet: waits for {waitsFor.join(", ") || "the first plan"}</span>}
        </dd>
        <dt>Policies</dt>
        <dd>{objects.NetworkPolicy} NetworkPolicies, {objects.ClusterNetworkPolicy} ClusterNetworkPolicies</dd>
        <dt>Pods</dt>
        <dd>{objects.Pod}, of which {localPods} are judged on this node</dd>
        <dt>Elements</dt>
        <dd>{elements} in sets and maps of the kernel</dd>
      </dl>
      {failed === undefined ? null : <p class="problem">{failed}</p>}
      {troubles.map((it) => <p class="problem" key={it}>{it}</p>)}
      {rejected.length === 0 ? null : (
        <>
          <h2>Not usable</h2>
          <ul>
            {rejected.map(({ name: { kind, namespace, name }, errors }) => (
              <li key={`${kind} ${namespace}/${name}`}>
                {KINDS[kind]} {namespace === "" ? name : `${namespace}/${name}`}:
                <ul>{errors.map((it) => <li key={`${it.path} ${it.message}`}>{it.path}: {it.message}</li>)}</ul>
              </li>
            ))}
          </ul>
        </>
      )}
      {waiting.length === 0 ? null : (
        <>
          <h2>Isolated until their pod is known</h2>
          <ul>{waiting.map(({ address, pod }) => <li key={address}>{address} {pod}</li>)}</ul>
        </>
      )}
    </>
  );
}

const KINDS = { "network-policy": "NetworkPolicy", "cluster-network-policy": "ClusterNetworkPolicy" } as const;
