// How full a pool is, and how it came to that.

import type { PoolSummary } from "../api/pool.ts";
import { ageOf } from "../../runtime/query/age.ts";
import { countOf } from "./block_map.tsx";
import { UseLine } from "./use_line.tsx";

export function PoolFacts({ pool, now }: { readonly pool: PoolSummary; readonly now: number }) {
  const { held, size, free, reserved, stale, leaked, secondsLeft, history } = pool;
  return (
    <div class="pool-facts">
      <dl class="facts">
        <dt>Held</dt>
        <dd>
          {held} of {countOf(size)}{" "}
          <meter
            min={0}
            max={Math.max(1, Number(size))}
            value={held}
            high={0.9 * Number(size)}
            aria-label="part that is held"
          >
          </meter>
        </dd>
        <dt>Free</dt>
        <dd>{countOf(free)}</dd>
        <dt>Reserved</dt>
        <dd>{reserved}</dd>
        {stale === null || leaked === null ? null : (
          <>
            <dt>Stale</dt>
            <dd>{stale === 0 ? "0" : <span class="tag bad">{stale}: the container is gone</span>}</dd>
            <dt>Leaked</dt>
            <dd>{leaked === 0 ? "0" : <span class="tag bad">{leaked}: of no attachment</span>}</dd>
          </>
        )}
        <dt>Exhausted</dt>
        <dd>{exhaustion(secondsLeft, now)}</dd>
      </dl>
      <UseLine samples={history} size={Number(size)} now={now} />
    </div>
  );
}

/** A clause. */
export function exhaustion(secondsLeft: number | null, now: number): string {
  if (secondsLeft === null) return "not in sight";
  if (secondsLeft === 0) return "now: no address is left";
  return `in ${ageOf(now, now + secondsLeft * 1000)}, if it fills as in the last hour`;
}
