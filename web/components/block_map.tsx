// A subnet that has more addresses than fit into a map: its parts, each a link to the map of that part.

import type { ShownBlock } from "../api/pool.ts";
import { withParameter } from "./table.tsx";

export function BlockMap({ blocks, url }: { readonly blocks: readonly ShownBlock[]; readonly url: URL }) {
  if (blocks.length === 0) return <p class="empty">Nothing of it is held.</p>;
  return (
    <ul class="blocks">
      {blocks.map(({ prefix, held, size }) => (
        <li key={prefix}>
          <a
            href={withParameter(url, "prefix", prefix)}
            data-nav
            aria-label={`${prefix}: ${held} of ${countOf(size)} held`}
          >
            <span class="mono">{prefix}</span>
            <meter min={0} max={Math.max(1, Number(size))} value={held} aria-hidden="true"></meter>
            <span>{held === 0 ? "–" : `${held} of ${countOf(size)}`}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** `254`; from a million on as a power of two, which is what such a number is for a person. */
export function countOf(decimal: string): string {
  if (decimal.length <= 6) return decimal;
  const bits = BigInt(decimal).toString(2).length;
  const isPower = BigInt(decimal) === 1n << BigInt(bits - 1);
  return `${isPower ? "" : "about "}2^${isPower ? bits - 1 : Math.round(Math.log2(Number(decimal)))}`;
}
