// How many addresses of a pool were held over time.

import type { Sample } from "../../runtime/query/pool_history.ts";
import { ageOf } from "../../runtime/query/age.ts";

const [WIDTH, HEIGHT] = [240, 48];

interface UseLineProps {
  readonly samples: readonly Sample[];
  /** Addresses of the pool: what the line would reach at the top, where the pool is small. */
  readonly size: number;
  readonly now: number;
}

export function UseLine({ samples, size, now }: UseLineProps) {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || samples.length < 2) return null;
  const most = Math.max(...samples.map(({ held }) => held));
  const least = Math.min(...samples.map(({ held }) => held));
  // A line at the bottom would say nothing of a pool that is large.
  const top = most > size / 10 ? size : Math.max(1, most * 1.2);
  const span = Math.max(1, now - first.at);
  const points = samples.map(({ at, held }) =>
    `${((at - first.at) / span * WIDTH).toFixed(1)},${(HEIGHT - 1 - held / top * (HEIGHT - 2)).toFixed(1)}`
  );
  const text = `Held in the last ${ageOf(first.at, now)}: ${least} to ${most}, now ${last.held}`;
  return (
    <figure class="use-line">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={text}>
        <polyline points={points.join(" ")} />
      </svg>
      <figcaption>{text}</figcaption>
    </figure>
  );
}
