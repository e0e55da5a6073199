// How the policies are: in force or not, what was rejected, who waits.

import type { PolicyAnswer } from "../api/policy.ts";
import { Age } from "./age.tsx";

export function PolicyStatusPart({ status, rejectedCount, waitingCount, now }: PolicyAnswer) {
  if (status === undefined) return null;
  const { inForce, failed, waitsFor, troubles, objects, localPods, lastPlan, elements, repairs, failures } = status;
  return (
    <section aria-labelledby="status">
      <h2 id="status">Status</h2>
      <dl class="facts">
        <dt>Rules</dt>
        <dd>
          {inForce ? <span class="tag good">in force</span> : <span class="tag warn">not in force yet</span>}
          {lastPlan === undefined ? null : (
            <>
              {" "}since <Age sinceMs={lastPlan.at} now={now} />, {lastPlan.changes} changes in{" "}
              {Math.round(lastPlan.ms)} ms
            </>
          )}
        </dd>
        <dt>Judged here</dt>
        <dd>{localPods} pods, by {elements} elements of sets and maps</dd>
        <dt>Read</dt>
        <dd>{Object.entries(objects).map(([kind, count]) => `${kind} ${count}`).join(", ")}</dd>
        <dt>Repairs, failures</dt>
        <dd>{repairs}, {failures}</dd>
      </dl>
      {failed === undefined ? null : <p class="problem">The last plan is not in force: {failed}</p>}
      {waitsFor.length === 0 ? null : <p class="problem">Not listed yet: {waitsFor.join(", ")}.</p>}
      {troubles.map((it) => <p key={it} class="problem">{it}</p>)}
      <Rejected status={status} count={rejectedCount} />
      <Waiting status={status} count={waitingCount} />
    </section>
  );
}

interface Listed {
  readonly status: NonNullable<PolicyAnswer["status"]>;
  readonly count: number;
}

function Rejected({ status: { rejected }, count }: Listed) {
  if (count === 0) return null;
  return (
    <>
      <h3>Rejected: {count}</h3>
      <ul>
        {rejected.map(({ name, errors }) => {
          const title = name.kind === "network-policy"
            ? `NetworkPolicy ${name.namespace}/${name.name}`
            : `ClusterNetworkPolicy ${name.name}`;
          return (
            <li key={title}>
              <strong>{title}</strong>
              <ul>
                {errors.map(({ path, message }) => (
                  <li key={`${path} ${message}`}>
                    <span class="mono">{path}</span> {message}
                  </li>
                ))}
              </ul>
            </li>
          );
        })}
      </ul>
      <Rest shown={rejected.length} count={count} />
      <p class="count">What was in force by that name before stays so.</p>
    </>
  );
}

function Waiting({ status: { waiting }, count }: Listed) {
  if (count === 0) return null;
  return (
    <>
      <h3>Waiting: {count}</h3>
      <p>These addresses are isolated, as the cluster has not told yet which pod has them:</p>
      <ul>
        {waiting.map(({ address, pod }) => (
          <li key={address}>
            <span class="mono">{address}</span> {pod}
          </li>
        ))}
      </ul>
      <Rest shown={waiting.length} count={count} />
    </>
  );
}

function Rest({ shown, count }: { readonly shown: number; readonly count: number }) {
  return shown < count ? <p class="count">And {count - shown} more.</p> : null;
}
