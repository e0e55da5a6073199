// What an administrator wants to see first: how full pools are, how calls go, what failed, and the other nodes.

import type { OverviewAnswer } from "../api/overview.ts";
import { Age } from "../components/age.tsx";
import { PoolFacts } from "../components/pool_facts.tsx";
import { SubjectLink } from "../components/subject_link.tsx";
import { type Page, type PageProps, sameQuery } from "../page.ts";

export const overviewPage: Page<OverviewAnswer> = {
  name: "overview",
  path: "/",
  entry: "Overview",
  title: () => "Overview",
  api: sameQuery("/overview"),
  topics: ["attachments", "events", "cluster"],
  View,
};

function View({ data }: PageProps<OverviewAnswer>) {
  return (
    <>
      <Pools data={data} />
      <Calls data={data} />
      <Failures data={data} />
      <Nodes data={data} />
    </>
  );
}

function Pools({ data: { pools, attachments, now } }: { readonly data: OverviewAnswer }) {
  return (
    <section>
      <h2>Pools</h2>
      <p>
        <a href="/attachments">{attachments.total} attachments</a>
        {attachments.dead
          ? (
            <>
              , of which <a href="/attachments?state=dead">{attachments.dead} of containers that are gone</a>
            </>
          )
          : null}
      </p>
      {pools.length === 0
        ? (
          <p class="empty">
            No pool yet: one begins with its first lease, which an ADD by the host-local plugin takes.
          </p>
        )
        : (
          <div class="cards">
            {pools.map((pool) => (
              <article class="card" key={pool.id}>
                <h3>
                  <a href={`/pools/${encodeURIComponent(pool.id)}`}>{pool.network} {pool.subnets}</a>
                </h3>
                <PoolFacts pool={pool} now={now} />
              </article>
            ))}
          </div>
        )}
    </section>
  );
}

function Calls({ data: { calls } }: { readonly data: OverviewAnswer }) {
  return (
    <section>
      <h2>Calls in the last hour</h2>
      {calls.length === 0
        ? <p class="empty">The agent has served no call yet.</p>
        : (
          <div class="scroll" tabIndex={0} role="region" aria-label="Calls">
            <table>
              <caption class="unseen">CNI calls that the agent served in the last hour</caption>
              <thead>
                <tr>
                  <th scope="col">Command</th>
                  <th scope="col">Calls</th>
                  <th scope="col">A minute, of the last five</th>
                  <th scope="col">Median</th>
                  <th scope="col">99 of 100 within</th>
                  <th scope="col">Failed</th>
                </tr>
              </thead>
              <tbody>
                {calls.map((it) => (
                  <tr key={it.command}>
                    <th scope="row">{it.command}</th>
                    <td>{it.calls}</td>
                    <td>{it.perMinute.toFixed(1)}</td>
                    <td>{milliseconds(it.medianMs)}</td>
                    <td>{milliseconds(it.p99Ms)}</td>
                    <td>{it.failed === 0 ? "0" : <span class="tag bad">{it.failed}</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
    </section>
  );
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? "–" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function Failures({ data: { failures, now } }: { readonly data: OverviewAnswer }) {
  return (
    <section>
      <h2>Errors</h2>
      {failures.length === 0 ? <p>None since the agent began.</p> : (
        <ol class="failures">
          {failures.map((it) => (
            <li key={`${it.at} ${it.subject}`}>
              <Age sinceMs={it.at} now={now} /> ago: <strong>{it.command}</strong> of{" "}
              <SubjectLink subject={it.subject} /> failed with code {it.code}: {it.message}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** More are on the page of the topology. */
const MOST_PEERS = 20;

function Nodes({ data: { node, version, cluster } }: { readonly data: OverviewAnswer }) {
  return (
    <section>
      <h2>Nodes</h2>
      <p>This is {node}, with cnidaria {version}.</p>
      {cluster === "none" ? <p>The agent runs no overlay: other nodes are not known here.</p> : null}
      {cluster === "silent"
        ? (
          <p>
            <span class="tag bad">The overlay's thread does not answer.</span>
          </p>
        )
        : null}
      {typeof cluster === "string" ? null : (
        <>
          {cluster.waitsFor === undefined ? null : (
            <p>
              <span class="tag warn">waits</span> {cluster.waitsFor}
            </p>
          )}
          <ul>
            {cluster.families.map((it) => (
              <li key={it.family}>{it.subnet} by {it.device ?? it.underlay}, {it.publicIp}</li>
            ))}
          </ul>
          <p>
            {cluster.peers.length} peers, of which {cluster.peers.filter(({ state }) => state !== "connected").length}
            {" "}
            not connected: <a href="/topology">topology</a>
          </p>
          <ul>
            {[...cluster.peers].sort((a, b) => Number(a.state === "connected") - Number(b.state === "connected"))
              .slice(0, MOST_PEERS).map((it) => (
                <li key={`${it.name} ${it.family}`}>
                  {it.name} {it.subnet}:{" "}
                  <span class={`tag ${it.state === "connected" ? "good" : "bad"}`}>{it.state}</span> {it.why}
                </li>
              ))}
          </ul>
        </>
      )}
    </section>
  );
}
