// What is connected to what: this node, its bridges and pods, its peers; and the way of a packet.

import type { TopologyAnswer } from "../api/topology.ts";
import { OverlayPart } from "../components/overlay_part.tsx";
import { PacketPathPart } from "../components/packet_path.tsx";
import { TopologyDrawing } from "../components/topology_drawing.tsx";
import { TopologyTree } from "../components/topology_tree.tsx";
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
  return (
    <div class="topology">
      <PacketPathPart path={data.path} suggestions={data.suggestions} url={url} />
      <section aria-labelledby="bridges">
        <h2 id="bridges">Bridges and pods</h2>
        <TopologyTree {...data} />
      </section>
      <OverlayPart overlay={data.overlay} url={url} />
      <section aria-labelledby="drawing">
        <h2 id="drawing">Drawing</h2>
        <TopologyDrawing data={data} />
        <p class="count">A line that is not whole is to a peer that is failed (dashes) or ignored (dots).</p>
      </section>
    </div>
  );
}
