// A subnet as a map: each address a cell. One tab stop, from which the arrow keys lead on (ARIA grid); what a cell is, is
// said in words beside the map, for the one under the pointer or with the focus.

import { useRef, useState } from "preact/hooks";
import type { ShownCell } from "../api/pool.ts";
import { ageOf } from "../../runtime/query/age.ts";
import { attachmentPath } from "./attachment_link.tsx";
import { movedBy } from "../islands/grid_keys.ts";

/** Cells of a row. */
const COLUMNS = 32;

export interface CellMapProps {
  readonly cells: readonly ShownCell[];
  /** This node's name. */
  readonly node: string;
  readonly now: number;
  readonly labelledBy: string;
}

export function CellMap({ cells, node, now, labelledBy }: CellMapProps) {
  const [at, setAt] = useState(0);
  const [shown, setShown] = useState<number | undefined>(undefined);
  const grid = useRef<HTMLDivElement>(null);
  const focused = Math.min(at, cells.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = movedBy(event, focused, cells.length, COLUMNS);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    setShown(next);
    grid.current?.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus();
  };
  const rows = Array.from({ length: Math.ceil(cells.length / COLUMNS) }, (_, row) => row * COLUMNS);
  const cell = shown === undefined ? undefined : cells[shown];
  return (
    <div class="cell-map">
      <div
        class="grid"
        role="grid"
        aria-labelledby={labelledBy}
        aria-describedby="map-help"
        ref={grid}
        onKeyDown={onKeyDown}
        onMouseLeave={() => setShown(undefined)}
      >
        {rows.map((first) => (
          <div role="row" key={first}>
            {cells.slice(first, first + COLUMNS).map((cell, column) => {
              const number = first + column;
              const props = {
                "data-at": number,
                class: `cell ${stateOf(cell)}`,
                tabIndex: number === focused ? 0 : -1,
                "aria-label": labelOf(cell, now),
                onMouseEnter: () => setShown(number),
                onFocus: () => {
                  setAt(number);
                  setShown(number);
                },
              };
              return (
                <span role="gridcell" key={cell.address}>
                  {cell.kind === "held"
                    ? <a {...props} href={attachmentPath(cell.holder)}>{GLYPHS[cell.holder.state]}</a>
                    : <span {...props}>{cell.kind === "reserved" ? "×" : ""}</span>}
                </span>
              );
            })}
          </div>
        ))}
      </div>
      <p id="map-help" class="unseen">
        Arrow keys move, Home and End lead to the ends of a row, Enter opens the attachment.
      </p>
      <div class="beside">
        <div class="chosen" aria-live="polite">
          {cell === undefined
            ? <p>A cell under the pointer, or with the focus, is told here.</p>
            : <Chosen cell={cell} node={node} now={now} />}
        </div>
        <Legend />
      </div>
    </div>
  );
}

/** Beside the colour. */
const GLYPHS = { used: "●", stale: "!", leaked: "?" } as const;

function stateOf(cell: ShownCell): string {
  return cell.kind === "held" ? cell.holder.state : cell.kind;
}

/** `10.0.0.7, used by default/web-1, 3m` */
export function labelOf(cell: ShownCell, now: number): string {
  if (cell.kind === "free") return `${cell.address}, free`;
  if (cell.kind === "reserved") return `${cell.address}, reserved: ${cell.why}`;
  const { state, podNamespace, podName, containerId, sinceMs } = cell.holder;
  const who = podName === "" ? `container ${containerId.slice(0, 12)}` : `${podNamespace}/${podName}`;
  return `${cell.address}, ${state === "used" ? "used" : `${state}, held`} by ${who}, ${ageOf(sinceMs, now)}`;
}

function Chosen({ cell, node, now }: { readonly cell: ShownCell; readonly node: string; readonly now: number }) {
  if (cell.kind !== "held") return <p>{labelOf(cell, now)}</p>;
  const { podNamespace, podName, containerId, ifname, mac, hostInterface, sinceMs, state } = cell.holder;
  const facts: readonly (readonly [string, string])[] = [
    ["Address", cell.address],
    ["State", state],
    ["Pod", podName || "–"],
    ["Namespace", podNamespace || "–"],
    ["Container", containerId.slice(0, 16)],
    ["Node", node],
    ["Interface", `${ifname}${hostInterface === "" ? "" : `, on the node ${hostInterface}`}`],
    ["MAC", mac || "–"],
    ["Since", `${new Date(sinceMs).toISOString().slice(0, 19).replace("T", " ")} UTC, ${ageOf(sinceMs, now)}`],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} value`}>{value}</dd>])}
    </dl>
  );
}

const LEGEND = [
  ["used", "●", "used"],
  ["free", "", "free"],
  ["reserved", "×", "reserved, or not in the pool"],
  ["stale", "!", "stale: its container is gone"],
  ["leaked", "?", "leaked: of no attachment"],
] as const;

function Legend() {
  return (
    <ul class="legend" aria-label="What cells mean">
      {LEGEND.map(([state, glyph, text]) => (
        <li key={state}>
          <span class={`cell ${state}`} aria-hidden="true">{glyph}</span> {text}
        </li>
      ))}
    </ul>
  );
}
