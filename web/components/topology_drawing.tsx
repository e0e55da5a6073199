// The same as a picture: this node, what hangs at it on the left, other nodes on the right. Everything in it is in the lists
// beside it as well, so that a screen reader is told no more than that.

import type { ClusterStatus } from "../../runtime/cluster/status.ts";
import type { ShownSegment } from "../api/topology.ts";

interface DrawingProps {
  readonly node: string;
  readonly segments: readonly ShownSegment[];
  readonly cluster: ClusterStatus | undefined;
}

/** Boxes of a side; what is more is told as a number. */
const MOST = 16;
const [WIDTH, BOX, STEP, HEIGHT] = [720, 200, 44, 34];

interface Box {
  readonly key: string;
  readonly text: string;
  readonly below: string;
  readonly isWell: boolean;
}

export function TopologyDrawing({ node, segments, cluster }: DrawingProps) {
  const left = segments.map(({ name, count }): Box => ({
    key: name,
    text: name === "" ? "links of their own" : name,
    below: `${count} ${count === 1 ? "pod" : "pods"}`,
    isWell: true,
  }));
  const right = (cluster?.peers ?? []).map(({ name, subnet, state, family }): Box => ({
    key: `${name} ${family}`,
    text: name,
    below: state === "connected" ? subnet : `${subnet} ${state}`,
    isWell: state === "connected",
  }));
  if (left.length + right.length === 0) return null;
  const rows = Math.max(1, Math.min(MOST + 1, Math.max(left.length, right.length)));
  const height = rows * STEP + 8;
  const middle = height / 2;
  return (
    <figure class="drawing">
      <div class="scroll" tabIndex={0} role="region" aria-label="Drawing of the topology">
        <svg
          viewBox={`0 0 ${WIDTH} ${height}`}
          role="img"
          aria-label={`${node}, what hangs at it, and the nodes that it reaches: as listed above`}
        >
          <Side boxes={shown(left)} x={0} lineTo={260} lineFrom={BOX} height={height} middle={middle} />
          <Side
            boxes={shown(right)}
            x={WIDTH - BOX}
            lineTo={460}
            lineFrom={WIDTH - BOX}
            height={height}
            middle={middle}
          />
          <g class="own">
            <rect x="260" y={middle - HEIGHT / 2} width={BOX} height={HEIGHT} rx="5" />
            <text x={WIDTH / 2} y={middle + 5}>{shortened(node)}</text>
          </g>
        </svg>
      </div>
      <figcaption>A dashed line leads to what is not connected.</figcaption>
    </figure>
  );
}

function shown(boxes: readonly Box[]): readonly Box[] {
  if (boxes.length <= MOST) return boxes;
  const more = boxes.length - MOST;
  return [...boxes.slice(0, MOST), { key: "more", text: `and ${more} more`, below: "", isWell: true }];
}

interface SideProps {
  readonly boxes: readonly Box[];
  readonly x: number;
  readonly lineFrom: number;
  readonly lineTo: number;
  readonly height: number;
  readonly middle: number;
}

function Side({ boxes, x, lineFrom, lineTo, height, middle }: SideProps) {
  const top = (height - boxes.length * STEP) / 2;
  return (
    <>
      {boxes.map(({ key, text, below, isWell }, at) => {
        const y = top + at * STEP + (STEP - HEIGHT) / 2;
        return (
          <g key={key} class={isWell ? "" : "bad"}>
            <line x1={lineFrom} y1={y + HEIGHT / 2} x2={lineTo} y2={middle} />
            <rect x={x} y={y} width={BOX} height={HEIGHT} rx="5" />
            <text x={x + BOX / 2} y={y + 15}>{shortened(text)}</text>
            <text x={x + BOX / 2} y={y + 29} class="below">{shortened(below)}</text>
          </g>
        );
      })}
    </>
  );
}

function shortened(text: string): string {
  return text.length > 26 ? `${text.slice(0, 25)}…` : text;
}
