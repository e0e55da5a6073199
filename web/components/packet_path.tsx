// Asks for two ends, and shows the way of a packet between them.

import type { TopologyAnswer } from "../api/topology.ts";
import { PathDrawing, wordOf } from "./path_drawing.tsx";

type Props = Pick<TopologyAnswer, "path" | "suggestions"> & { readonly url: URL };

export function PacketPathPart({ path, suggestions, url }: Props) {
  const query = url.searchParams;
  return (
    <section aria-labelledby="path">
      <h2 id="path">The path of a packet</h2>
      <form method="get" action={url.pathname} data-live>
        <div class="bar">
          <End name="from" label="From" value={query.get("from") ?? ""} />
          <End name="to" label="To" value={query.get("to") ?? ""} />
          <datalist id="pods">{suggestions.map((it) => <option key={it} value={it} />)}</datalist>
          {["peer", "state"].map((name) =>
            query.has(name) ? <input key={name} type="hidden" name={name} value={query.get(name) ?? ""} /> : null
          )}
          <button type="submit">Show</button>
        </div>
      </form>
      <div role="status">
        <Answer path={path} />
      </div>
    </section>
  );
}

function End({ name, label, value }: { readonly name: string; readonly label: string; readonly value: string }) {
  return (
    <label>
      <span>{label}</span>
      <input
        name={name}
        value={value}
        list="pods"
        placeholder="namespace/pod or address"
        autocomplete="off"
        spellcheck={false}
      />
    </label>
  );
}

function Answer({ path }: Pick<TopologyAnswer, "path">) {
  if (path === undefined) {
    return <p class="count">Name two ends, of which one is a pod of this node: the hops between them are told here.</p>;
  }
  if ("error" in path) return <p class="problem">{path.error}</p>;
  return (
    <>
      <p>
        From <span class="mono">{path.source}</span> to <span class="mono">{path.destination}</span>:
      </p>
      <ol class="hops">
        {path.hops.map((hop, at) => (
          <li key={at}>
            <span class="tag">{wordOf(hop)}</span> <strong class="mono">{hop.name}</strong>{" "}
            <span class="detail">{hop.detail}</span>
          </li>
        ))}
      </ol>
      <PathDrawing hops={path.hops} />
      {path.notes.length === 0 ? null : <ul class="notes">{path.notes.map((it) => <li key={it}>{it}</li>)}</ul>}
    </>
  );
}
