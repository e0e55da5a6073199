// The overlay: what this node is in it, and its peers, a page at a time.

import type { TopologyAnswer, TopologyOverlay } from "../api/topology.ts";
import { withParameter } from "./table.tsx";

export function OverlayPart({ overlay, url }: Pick<TopologyAnswer, "overlay"> & { readonly url: URL }) {
  return (
    <section aria-labelledby="overlay">
      <h2 id="overlay">Overlay and peers</h2>
      {typeof overlay !== "string" ? <Overlay overlay={overlay} url={url} /> : (
        <div class="empty">
          <p>
            {overlay === "none"
              ? "This agent runs no overlay: pods of other nodes are reached by routes that others have made. Start it with --cluster to have it make them."
              : "The overlay's thread does not answer: see the agent's log. What is shown else is right."}
          </p>
        </div>
      )}
    </section>
  );
}

interface Props {
  readonly overlay: TopologyOverlay;
  readonly url: URL;
}

function Overlay({ overlay, url }: Props) {
  const { backend, families, counts, total, waitsFor, store } = overlay;
  return (
    <>
      {waitsFor === undefined
        ? null
        : <p class="problem">This node does not take part yet: it waits for {waitsFor}.</p>}
      {store.unreachable === undefined
        ? null
        : <p class="problem">The store of the nodes cannot be reached: {store.unreachable}</p>}
      <p>
        {backend === undefined ? "" : `Backend ${backend}. `}
        {total} {total === 1 ? "peer" : "peers"}: {counts.connected} connected, {counts.failed} failed, {counts.ignored}
        {" "}
        ignored.
      </p>
      <ul>
        {families.map(({ family, subnet, publicIp, underlay, device, podMtu }) => (
          <li key={family}>
            {family === "ipv4" ? "IPv4" : "IPv6"}: subnet <span class="mono">{subnet}</span>, by{" "}
            {device === undefined ? "routes alone" : (
              <>
                device <span class="mono">{device}</span>
              </>
            )} over <span class="mono">{underlay}</span> ({publicIp}), MTU of pods {podMtu}
          </li>
        ))}
      </ul>
      {total === 0
        ? (
          <div class="empty">
            <p>There is no other node yet.</p>
          </div>
        )
        : <Peers overlay={overlay} url={url} />}
    </>
  );
}

function Peers({ overlay: { peers, matched, total, page, pages }, url }: Props) {
  const query = url.searchParams;
  const state = query.get("state") ?? "";
  return (
    <form method="get" action={url.pathname} data-live class="filtered">
      <div class="bar">
        <label>
          <span>Peer</span>
          <input
            type="search"
            name="peer"
            value={query.get("peer") ?? ""}
            placeholder="name, subnet or address"
            autocomplete="off"
          />
        </label>
        <label>
          <span>State</span>
          <select name="state">
            {["", "connected", "failed", "ignored"].map((it) => (
              <option key={it} value={it} selected={it === state}>{it === "" ? "any" : it}</option>
            ))}
          </select>
        </label>
        {["from", "to"].map((name) =>
          query.has(name) ? <input key={name} type="hidden" name={name} value={query.get(name) ?? ""} /> : null
        )}
        <button type="submit">Filter</button>
        <span class="count" role="status">{matched === total ? `${total} peers` : `${matched} of ${total} peers`}</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Peers">
        <table>
          <caption class="unseen">Peers</caption>
          <thead>
            <tr>
              {["Node", "Subnet", "Address", "State"].map((it) => <th key={it} scope="col">{it}</th>)}
            </tr>
          </thead>
          <tbody>
            {peers.map(({ name, family, subnet, publicIp, state: now, why }) => (
              <tr key={`${name} ${family}`}>
                <td>{name}</td>
                <td class="mono">{subnet}</td>
                <td class="mono">{publicIp}</td>
                <td>
                  <span class={`tag ${TAGS[now]}`}>{now}</span> {why}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {matched === 0 ? <p class="empty">No peer matches.</p> : null}
      {pages === 1 ? null : (
        <nav class="pager" aria-label="Pages of the peers">
          {page === 1
            ? <span class="off">Previous</span>
            : <a href={withParameter(url, "page", `${page - 1}`)} data-nav>Previous</a>}
          <span>Page {page} of {pages}</span>
          {page === pages
            ? <span class="off">Next</span>
            : <a href={withParameter(url, "page", `${page + 1}`)} data-nav>Next</a>}
        </nav>
      )}
    </form>
  );
}

const TAGS = { connected: "good", ignored: "warn", failed: "bad" } as const;
