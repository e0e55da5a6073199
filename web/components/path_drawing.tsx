// The hops of a packet in a row: what the list beside it says, for those who see it.

import type { Hop } from "../../runtime/query/packet_path.ts";
import { clipped } from "./clipped.ts";

const [WIDTH, GAP, HEIGHT] = [142, 34, 66] as const;
const WORDS: Readonly<Record<Hop["kind"], string>> = {
  pod: "pod",
  veth: "veth",
  bridge: "bridge",
  node: "node",
  vxlan: "VXLAN",
  underlay: "underlay",
  peer: "node",
  address: "address",
};

export function wordOf({ kind }: Hop): string {
  return WORDS[kind];
}

export function PathDrawing({ hops }: { readonly hops: readonly Hop[] }) {
  const width = hops.length * (WIDTH + GAP) - GAP + 4;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="The path as a drawing, which the list says too">
      <svg
        class="drawing"
        width={width}
        height={HEIGHT + 4}
        viewBox={`-2 -2 ${width} ${HEIGHT + 4}`}
        aria-hidden="true"
      >
        {hops.map((hop, at) => {
          const x = at * (WIDTH + GAP);
          const y = HEIGHT / 2;
          return (
            <g key={at}>
              {at === 0 ? null : (
                <g class="arrow">
                  <line x1={x - GAP} y1={y} x2={x - 6} y2={y} />
                  <path d={`M${x - 9},${y - 5} L${x - 1},${y} L${x - 9},${y + 5} Z`} />
                </g>
              )}
              <rect
                class={`hop ${hop.kind}`}
                x={x}
                y={0}
                width={WIDTH}
                height={HEIGHT}
                rx={hop.kind === "pod" ? 14 : 4}
              />
              <text class="what" x={x + WIDTH / 2} y={18}>{wordOf(hop)}</text>
              <text class="name" x={x + WIDTH / 2} y={37}>{clipped(hop.name, 17)}</text>
              <text class="what" x={x + WIDTH / 2} y={55}>{clipped(hop.detail, 22)}</text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
