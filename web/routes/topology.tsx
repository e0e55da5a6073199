// What hangs where: this node, its bridges and their pods, the tunnels to other nodes; and the way of a packet.

import type { TopologyAnswer } from "../api/topology.ts";
import { AttachmentLink } from "../components/attachment_link.tsx";
import { Peers } from "../components/peers.tsx";
import { TopologyDrawing } from "../components/topology_drawing.tsx";
import { Way } from "../components/way.tsx";
import { type Page, type PageProps, sameQuery } from "../page.ts";

export const topologyPage: Page<TopologyAnswer> = {
  name: "topology",
  path: "/topology",
  entry: "Topology",
  title: () => "Topology",
  api: sameQuery("/topology"),
  topics: ["attachments", "cluster"],
  View,
};

function View({ data, url }: PageProps<TopologyAnswer>) {
  const { node, segments, cluster } = data;
  return (
    <>
      <Way data={data} url={url} />
      <h2>{node}</h2>
      {segments.length === 0 ? <p class="empty">No pod is attached to this node.</p> : null}
      {segments.map(({ name, networks, count, pods }) => (
        <details key={name} open class="segment">
          <summary>
            {name === "" ? "Pods with a link of their own" : (
              <>
                Bridge <span class="mono">{name}</span>
              </>
            )}, {count} {count === 1 ? "pod" : "pods"}, <span class="mono">{networks.join(", ")}</span>
          </summary>
          <ul class="pods">
            {pods.map((pod) => (
              <li key={`${pod.network}/${pod.containerId}/${pod.ifname}`}>
                <AttachmentLink attachment={pod} /> <span class="mono">{pod.addresses.join(" ")}</span> by{" "}
                <span class="mono">{pod.hostInterface}</span>
                {pod.liveness === "dead" ? <span class="tag bad">dead</span> : null}
              </li>
            ))}
          </ul>
          {count > pods.length
            ? (
              <p>
                {count - pods.length} more are among the{" "}
                <a href={name === "" ? "/attachments" : `/attachments?bridge=${encodeURIComponent(name)}`}>
                  attachments
                </a>.
              </p>
            )
            : null}
        </details>
      ))}
      <h2>Other nodes</h2>
      {cluster === "none"
        ? <p>The agent runs no overlay: start it with --cluster FILE to have nodes reach each other's pods.</p>
        : null}
      {cluster === "silent"
        ? <p class="problem">The overlay's thread does not answer; the agent's log says why.</p>
        : null}
      {typeof cluster === "string" ? null : <Peers cluster={cluster} />}
      <TopologyDrawing node={node} segments={segments} cluster={typeof cluster === "string" ? undefined : cluster} />
    </>
  );
}
