// The matrix of who reaches whom: one stop of the tab key, arrow keys within. Without JavaScript its cells are links, and the
// form above asks about any two.

import { useRef, useState } from "preact/hooks";
import type { CellVerdict, MatrixDestination, PolicyMatrix } from "../../runtime/query/policy_matrix.ts";

interface Props {
  readonly matrix: PolicyMatrix;
  readonly url: URL;
}

type Place = readonly [row: number, column: number];

const GLYPHS: Readonly<Record<CellVerdict, string>> = { allowed: "✓", denied: "✕", partly: "±", none: "–" };
const WORDS: Readonly<Record<CellVerdict, string>> = {
  allowed: "may reach",
  denied: "may not reach",
  partly: "may reach in part",
  none: "cannot reach",
};

export function MatrixTable({ matrix, url }: Props) {
  const { sources, destinations, cells } = matrix;
  const table = useRef<HTMLTableElement>(null);
  const [[row, column], setActive] = useState<Place>([0, 0]);
  const [told, setTold] = useState<Place>();
  const last: Place = [sources.length - 1, destinations.length - 1];
  const active: Place = [Math.min(row, last[0]), Math.min(column, last[1])];
  const move = (event: KeyboardEvent) => {
    const to = nextPlace(event, active, last);
    if (to === undefined) return;
    event.preventDefault();
    table.current?.querySelector<HTMLElement>(`[data-place="${to[0]} ${to[1]}"]`)?.focus();
  };
  return (
    <>
      <p class="count">Each row is who sends, each column who is reached. Arrow keys move, Enter tells all of one.</p>
      <div class="scroll">
        <table class="matrix" role="grid" ref={table} onKeyDown={move} onMouseLeave={() => setTold(undefined)}>
          <caption class="unseen">Who may reach whom</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              {destinations.map(({ name, ports }) => (
                <th key={name} scope="col" class="upright">
                  <span>
                    {name} <small>{portsText(ports)}</small>
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sources.map((name, at) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cells[at]!.map(([verdict], to) => (
                  <td key={destinations[to]!.name} class={verdict}>
                    <a
                      href={chosenHref(url, name, destinations[to]!.name)}
                      data-nav
                      data-place={`${at} ${to}`}
                      tabIndex={at === active[0] && to === active[1] ? 0 : -1}
                      aria-label={sentence(matrix, [at, to])}
                      onFocus={() => {
                        setActive([at, to]);
                        setTold([at, to]);
                      }}
                      onMouseEnter={() => setTold([at, to])}
                    >
                      {GLYPHS[verdict]}
                    </a>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="told" aria-hidden="true">{told === undefined ? "" : sentence(matrix, told)}</p>
      <p class="count legend">
        {Object.entries(GLYPHS).map(([verdict, glyph]) => (
          <span key={verdict}>
            {glyph} {WORDS[verdict as CellVerdict]}
          </span>
        ))}
      </p>
    </>
  );
}

function sentence({ sources, destinations, cells, reasons }: PolicyMatrix, [row, column]: Place): string {
  const cell = cells[row]?.[column];
  if (cell === undefined) return "";
  const { name, ports } = destinations[column]!;
  return `${sources[row]} ${WORDS[cell[0]]} ${name} at ${portsText(ports)}: ${reasons[cell[1]]}`;
}

function portsText(ports: MatrixDestination["ports"]): string {
  return ports.map(({ protocol, port }) => `${protocol.toUpperCase()} ${port}`).join(", ");
}

/** The same view, with what two ends are told. */
function chosenHref(url: URL, from: string, to: string): string {
  const query = new URLSearchParams(url.searchParams);
  query.set("from", from);
  query.set("to", to);
  return `${url.pathname}?${query}`;
}

function nextPlace({ key, ctrlKey }: KeyboardEvent, [row, column]: Place, [rows, columns]: Place): Place | undefined {
  switch (key) {
    case "ArrowUp":
      return [Math.max(0, row - 1), column];
    case "ArrowDown":
      return [Math.min(rows, row + 1), column];
    case "ArrowLeft":
      return [row, Math.max(0, column - 1)];
    case "ArrowRight":
      return [row, Math.min(columns, column + 1)];
    case "Home":
      return [ctrlKey ? 0 : row, 0];
    case "End":
      return [ctrlKey ? rows : row, columns];
  }
}
