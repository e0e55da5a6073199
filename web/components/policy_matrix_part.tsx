// Asks for pods and a port, and shows the matrix; and all of one connection.

import type { MatrixChoice, PolicyMatrix } from "../../runtime/query/policy_matrix.ts";
import type { Explanation, Side } from "../../runtime/policy/explain.ts";
import { MatrixTable } from "../islands/policy_matrix.tsx";

interface Props {
  readonly matrix: PolicyMatrix | undefined;
  readonly url: URL;
}

export function PolicyMatrixPart({ matrix, url }: Props) {
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">Who may reach whom</h2>
      {matrix === undefined
        ? (
          <div class="empty">
            <p>Nothing is in force yet: as soon as the cluster's objects are listed, the answer is here.</p>
          </div>
        )
        : (
          <>
            <Question url={url} />
            {matrix.chosen === undefined ? null : <Chosen chosen={matrix.chosen} />}
            <Matrix matrix={matrix} url={url} />
          </>
        )}
    </section>
  );
}

function Question({ url }: Pick<Props, "url">) {
  const field = (name: string, label: string, hint: string) => (
    <label>
      <span>{label}</span>
      <input
        name={name}
        value={url.searchParams.get(name) ?? ""}
        placeholder={hint}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
  );
  const protocol = url.searchParams.get("protocol") ?? "tcp";
  return (
    <form method="get" action={url.pathname} data-live>
      <div class="bar">
        {field("source", "Rows with", "namespace or pod")}
        {field("destination", "Columns with", "namespace or pod")}
        {field("port", "Port", "of each pod")}
        <label>
          <span>Protocol</span>
          <select name="protocol">
            {["tcp", "udp", "sctp"].map((it) => (
              <option key={it} value={it} selected={it === protocol}>{it.toUpperCase()}</option>
            ))}
          </select>
        </label>
      </div>
      <div class="bar">
        {field("from", "Explain from", "namespace/pod or address")}
        {field("to", "to", "namespace/pod or address")}
        <button type="submit">Show</button>
      </div>
    </form>
  );
}

function Matrix({ matrix, url }: { readonly matrix: PolicyMatrix; readonly url: URL }) {
  const { sources, sourceCount, destinations, destinationCount, podCount } = matrix;
  if (podCount === 0) return <p class="empty">No pod of this node is judged by policies yet.</p>;
  if (sourceCount === 0 || destinationCount === 0) return <p class="empty">No pod matches: change the text above.</p>;
  const isCut = sources.length < sourceCount || destinations.length < destinationCount;
  return (
    <>
      <p class="count" role="status">
        {sources.length} of {sourceCount} rows and {destinations.length} of {destinationCount}{" "}
        columns{isCut ? ": name a namespace or a pod to see others" : ""}. Pods of this node: {podCount}.
      </p>
      <MatrixTable matrix={matrix} url={url} />
    </>
  );
}

function Chosen({ chosen }: { readonly chosen: NonNullable<PolicyMatrix["chosen"]> }) {
  if ("error" in chosen) return <p class="problem">{chosen.error}</p>;
  return (
    <div class="card chosen" role="status">
      {chosen.map((it) => <Choice key={`${it.protocol} ${it.port}`} choice={it} />)}
    </div>
  );
}

function Choice({ choice: { from, to, protocol, port, families } }: { readonly choice: MatrixChoice }) {
  return (
    <>
      <h3>{from} to {to} at {protocol.toUpperCase()} {port}</h3>
      {families.length === 0 ? <p>They have no address of the same family.</p> : null}
      {families.map((it) => <Family key={it.family} told={it} />)}
    </>
  );
}

function Family({ told: { family, source, destination, allowed, egress, ingress } }: { readonly told: Explanation }) {
  return (
    <>
      <p>
        <span class={`tag ${allowed ? "good" : "bad"}`}>{allowed ? "allowed" : "denied"}</span> by IPv{family},{" "}
        <span class="mono">{source}</span> to <span class="mono">{destination}</span>
      </p>
      <ul>
        <li>Egress: {sideText(egress)}</li>
        <li>Ingress: {sideText(ingress)}</li>
      </ul>
    </>
  );
}

function sideText({ verdict, rule, why }: Side): string {
  const word = verdict === "not-judged" ? "not judged" : verdict;
  if (rule === undefined) return `${word}, as ${why}`;
  return rule.startsWith("isolated by ") ? `${word}, ${rule}` : `${word} by ${rule}`;
}
