// Who may reach whom, and why: by the rules that the kernel has.

import type { PolicyAnswer } from "../api/policy.ts";
import { Age } from "../components/age.tsx";
import { PolicyMatrix } from "../components/policy_matrix.tsx";
import { PolicyState } from "../components/policy_state.tsx";
import { type Page, type PageProps, sameQuery } from "../page.ts";

export const policyPage: Page<PolicyAnswer> = {
  name: "policy",
  path: "/policies",
  entry: "Policy",
  title: () => "Network policy",
  api: sameQuery("/policy"),
  topics: ["policy", "attachments"],
  View,
};

function View({ data, url }: PageProps<PolicyAnswer>) {
  const { status, matrix, rules, drops, now } = data;
  if (status === "none") {
    return (
      <p class="empty">
        This agent enforces no network policies. Start it with <code>--policy FILE</code>{" "}
        to have Kubernetes' NetworkPolicy and ClusterNetworkPolicy in force.
      </p>
    );
  }
  if (status === "silent") {
    return <p class="problem">The thread of network policies does not answer; the agent's log says why.</p>;
  }
  return (
    <>
      <PolicyState status={status} />
      <h2>Who may reach whom</h2>
      <form method="get" action={url.pathname} data-live class="bar">
        <label>
          Pods{" "}
          <input
            type="search"
            name="q"
            value={url.searchParams.get("q") ?? ""}
            placeholder="namespace/name"
            autocomplete="off"
          />
        </label>
        <label>
          Protocol{" "}
          <select name="protocol">
            {["tcp", "udp", "sctp"].map((it) => (
              <option key={it} value={it} selected={it === (url.searchParams.get("protocol") ?? "tcp")}>
                {it.toUpperCase()}
              </option>
            ))}
          </select>
        </label>
        <label>
          Port <input name="port" type="number" min="1" max="65535" value={url.searchParams.get("port") ?? "80"} />
        </label>
        <button type="submit">Show</button>
      </form>
      {matrix === null ? <p class="empty">Nothing is in force yet.</p> : <PolicyMatrix matrix={matrix} rules={rules} />}
      <h2>Dropped of late</h2>
      {drops.length === 0
        ? (
          <p>
            Nothing was seen. Dropped packets are told where the policies' file has <code>log</code>.
          </p>
        )
        : (
          <ol class="failures">
            {drops.map((it) => (
              <li key={it.number}>
                <Age sinceMs={it.at} now={now} /> ago: {it.sourcePod ?? it.source} to{" "}
                {it.destinationPod ?? it.destination} {it.protocol} {it.destinationPort}: {it.rule}
              </li>
            ))}
          </ol>
        )}
    </>
  );
}
