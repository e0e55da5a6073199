// The node in the middle, its bridges at the left, its peers at the right: what the tree beside it says, for those who see
// it.

import type { TopologyAnswer } from "../api/topology.ts";
import { clipped } from "./clipped.ts";

const MOST_BRIDGES = 12;
const MOST_PEERS = 24;
const [ROW, WIDTH, BOX] = [37, 1000, 230] as const;
const NODE_X = 385;
const BOX_HEIGHT = 32;

interface Box {
  readonly key: string;
  readonly name: string;
  readonly what: string;
  /** Of the line to it. */
  readonly state: string;
}

export function TopologyDrawing({ data }: { readonly data: TopologyAnswer }) {
  const [left, right] = [bridgeBoxes(data), peerBoxes(data)];
  const height = Math.max(left.length, right.length, 2) * ROW + 8;
  const middle = height / 2;
  const top = (count: number, at: number) => middle - (count * ROW) / 2 + at * ROW + (ROW - BOX_HEIGHT) / 2;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="A drawing of the tables below">
      <svg class="drawing" width={WIDTH} height={height} viewBox={`0 0 ${WIDTH} ${height}`} aria-hidden="true">
        {left.map((box, at) => {
          const y = top(left.length, at);
          return (
            <g key={box.key}>
              <Line from={[BOX, y + BOX_HEIGHT / 2]} to={[NODE_X, middle]} state={box.state} />
              <Labelled box={box} x={0} y={y} kind="bridge" />
            </g>
          );
        })}
        {right.map((box, at) => {
          const y = top(right.length, at);
          return (
            <g key={box.key}>
              <Line from={[WIDTH - BOX, y + BOX_HEIGHT / 2]} to={[NODE_X + BOX, middle]} state={box.state} />
              <Labelled box={box} x={WIDTH - BOX} y={y} kind="peer" />
            </g>
          );
        })}
        <rect class="hop node" x={NODE_X} y={middle - 26} width={BOX} height={52} rx={6} />
        <text class="name" x={NODE_X + BOX / 2} y={middle - 3}>{clipped(data.node, 26)}</text>
        <text class="what" x={NODE_X + BOX / 2} y={middle + 15}>{deviceOf(data)}</text>
      </svg>
    </div>
  );
}

function Line({ from: [x1, y1], to: [x2, y2], state }: {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly state: string;
}) {
  const bend = (x1 + x2) / 2;
  return <path class={`line ${state}`} d={`M${x1},${y1} C${bend},${y1} ${bend},${y2} ${x2},${y2}`} />;
}

function Labelled({ box: { name, what }, x, y, kind }: {
  readonly box: Box;
  readonly x: number;
  readonly y: number;
  readonly kind: string;
}) {
  return (
    <>
      <rect class={`hop ${kind}`} x={x + 1} y={y} width={BOX - 2} height={BOX_HEIGHT} rx={4} />
      <text class="name" x={x + BOX / 2} y={y + 14}>{clipped(name, 27)}</text>
      <text class="what" x={x + BOX / 2} y={y + 27}>{clipped(what, 38)}</text>
    </>
  );
}

function bridgeBoxes({ bridges, bridgeCount }: TopologyAnswer): Box[] {
  const boxes = bridges.slice(0, MOST_BRIDGES).map(({ bridge, count }): Box => ({
    key: `bridge ${bridge}`,
    name: bridge === "" ? "without a bridge" : bridge,
    what: `${count} ${count === 1 ? "attachment" : "attachments"}`,
    state: "connected",
  }));
  return bridgeCount > boxes.length ? [...boxes, moreOf(bridgeCount - boxes.length, "bridges")] : boxes;
}

function peerBoxes({ overlay }: TopologyAnswer): Box[] {
  if (typeof overlay === "string") return [];
  const boxes = overlay.peers.slice(0, MOST_PEERS).map(({ name, family, subnet, state }): Box => ({
    key: `peer ${name} ${family}`,
    name,
    what: `${state}, ${subnet}`,
    state,
  }));
  return overlay.total > boxes.length ? [...boxes, moreOf(overlay.total - boxes.length, "peers")] : boxes;
}

function moreOf(count: number, noun: string): Box {
  return { key: "more", name: `and ${count} more`, what: noun, state: "more" };
}

function deviceOf({ overlay }: TopologyAnswer): string {
  if (typeof overlay === "string") return "no overlay";
  const devices = overlay.families.map(({ device, underlay }) => device ?? underlay);
  return clipped([overlay.backend ?? "overlay", ...new Set(devices)].join(" · "), 36);
}
