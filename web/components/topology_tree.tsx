// The bridges of a node and the pods behind each, as a tree that is opened and closed.

import type { TopologyAnswer, TopologyBridge } from "../api/topology.ts";
import { AttachmentLink } from "./attachment_link.tsx";

/** With this many bridges, all are open at first. */
const OPEN_BRIDGES = 4;

export function TopologyTree({ node, bridges, bridgeCount, attachments }: TopologyAnswer) {
  if (attachments === 0) {
    return (
      <div class="empty">
        <p>
          No pod is attached yet. As soon as a container runtime calls ADD on this node, its bridge and its pods are
          here.
        </p>
      </div>
    );
  }
  return (
    <>
      <p>
        <strong>{node}</strong>: {counted(attachments, "attachment")} in {counted(bridgeCount, "group")}
        {bridgeCount > bridges.length ? `, of which the ${bridges.length} largest are shown` : ""}.
      </p>
      <ul class="tree">
        {bridges.map((it) => (
          <li key={it.bridge}>
            <details open={bridges.length <= OPEN_BRIDGES}>
              <summary>
                {it.bridge === "" ? "Without a bridge, routed by the node" : (
                  <>
                    Bridge <strong class="mono">{it.bridge}</strong>
                  </>
                )}
                : {counted(it.count, "attachment")}
                <span class="count">
                  of {it.networks.length === 1 ? "network" : "networks"} {it.networks.join(", ")}
                </span>
              </summary>
              <Pods group={it} />
            </details>
          </li>
        ))}
      </ul>
    </>
  );
}

function Pods({ group: { bridge, count, pods } }: { readonly group: TopologyBridge }) {
  return (
    <div
      class="scroll"
      tabIndex={0}
      role="region"
      aria-label={`Attachments of ${bridge === "" ? "no bridge" : bridge}`}
    >
      <table>
        <caption class="unseen">Attachments of {bridge === "" ? "no bridge" : `bridge ${bridge}`}</caption>
        <thead>
          <tr>
            <th scope="col">Pod</th>
            <th scope="col">Addresses</th>
            <th scope="col">Interface</th>
            <th scope="col">On the node</th>
          </tr>
        </thead>
        <tbody>
          {pods.map((pod) => (
            <tr key={`${pod.network}/${pod.containerId}/${pod.ifname}`}>
              <td>
                <AttachmentLink attachment={pod} />
              </td>
              <td class="mono">{pod.addresses.join(" ")}</td>
              <td class="mono">{pod.ifname}</td>
              <td class="mono">{pod.hostInterface}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {count <= pods.length ? null : (
        <p>
          {bridge === ""
            ? <a href="/attachments">All attachments</a>
            : <a href={`/attachments?bridge=${encodeURIComponent(bridge)}`}>All {count} attachments of {bridge}</a>}
          , of which the first {pods.length} are shown.
        </p>
      )}
    </div>
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
