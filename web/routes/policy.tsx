// The network policies of this node: how they are, who may reach whom and why, what was dropped.

import type { PolicyAnswer } from "../api/policy.ts";
import { PolicyCounts, PolicyDrops } from "../components/policy_drops.tsx";
import { PolicyMatrixPart } from "../components/policy_matrix_part.tsx";
import { PolicyStatusPart } from "../components/policy_status.tsx";
import { type Page, type PageProps, sameQuery } from "../page.ts";

export const policyPage: Page<PolicyAnswer> = {
  name: "policy",
  path: "/policies",
  entry: "Policy",
  title: () => "Network policies",
  api: sameQuery("/policy"),
  topics: ["policy", "attachments"],
  View,
};

function View({ data, url }: PageProps<PolicyAnswer>) {
  if (data.enforcing === "none") {
    return (
      <div class="empty">
        <p>This agent enforces no network policies: whoever reaches a pod's address by routes, reaches the pod.</p>
        <p>
          Start it with <code>cnidaria agent --policy</code> and a file such as{" "}
          <code>{'{"source":{"type":"kubernetes"}}'}</code>{" "}
          to have it enforce those of the cluster. What they would do can be seen before, by{" "}
          <code>cnidaria policy table</code> and <code>cnidaria policy explain</code>.
        </p>
      </div>
    );
  }
  if (data.enforcing === "silent") {
    return (
      <div class="problem" role="alert">
        <p>
          The thread for network policies does not answer: see the agent's log. What is in force in the kernel stays so.
        </p>
      </div>
    );
  }
  return (
    <div class="policy">
      <PolicyMatrixPart matrix={data.matrix} url={url} />
      <PolicyStatusPart {...data} />
      <PolicyDrops {...data} />
      <PolicyCounts {...data} />
    </div>
  );
}
