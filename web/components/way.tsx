// The way of a packet from one pod to another: asked for by a form, told as a list, and drawn.

import type { Hop } from "../../runtime/query/topology.ts";
import type { TopologyAnswer } from "../api/topology.ts";

export function Way({ data, url }: { readonly data: TopologyAnswer; readonly url: URL }) {
  const { segments, way, noWay } = data;
  const names = segments.flatMap(({ pods }) => pods).flatMap(({ podNamespace, podName }) =>
    podName === "" ? [] : [`${podNamespace}/${podName}`]
  );
  return (
    <section>
      <h2>The way of a packet</h2>
      <form method="get" action={url.pathname} data-live class="bar">
        <label>
          From{" "}
          <input
            name="from"
            value={url.searchParams.get("from") ?? ""}
            list="pods"
            placeholder="namespace/pod"
            autocomplete="off"
          />
        </label>
        <label>
          To{" "}
          <input
            name="to"
            value={url.searchParams.get("to") ?? ""}
            list="pods"
            placeholder="namespace/pod or address"
            autocomplete="off"
          />
        </label>
        <button type="submit">Show</button>
        <datalist id="pods">{[...new Set(names)].map((name) => <option key={name} value={name} />)}</datalist>
      </form>
      <div role="status">
        {noWay === undefined ? null : <p>{noWay}</p>}
        {way === undefined ? null : (
          <ol class="way">
            {way.hops.map((hop, at) => (
              <li key={at} class={`hop ${hop.kind}`}>
                <span class="kind">{WORDS[hop.kind]}</span>
                <strong class="mono">{hop.name}</strong>
                <span>{hop.detail}</span>
              </li>
            ))}
          </ol>
        )}
        {way?.notes.map((note) => <p key={note}>{note}</p>)}
      </div>
    </section>
  );
}

const WORDS: Readonly<Record<Hop["kind"], string>> = {
  pod: "pod",
  veth: "veth",
  bridge: "bridge",
  node: "node",
  tunnel: "VXLAN",
  underlay: "underlay",
  peer: "node",
  network: "network",
};
