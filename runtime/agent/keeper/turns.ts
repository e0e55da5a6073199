// Duties of one thread that come again and again, each at its own interval. One at a time: their steps must not mix.

export interface Turn {
  /** Milliseconds from the end of one time to the beginning of the next; 0: it never comes. */
  readonly everyMs: number;
  /** Asked at each look: whether it is to come now, before its time. */
  isWanted?(): boolean;
  run(): Promise<void>;
}

/** Milliseconds between two looks at whether it is over, or a turn is wanted. */
const LOOK_MS = 200;

/** Runs until `ends`, or until there is nothing to wait for. The first time of each comes after its interval. */
export async function takeTurns(turns: readonly Turn[], ends: () => boolean): Promise<void> {
  const due = turns.filter(({ everyMs }) => everyMs > 0).map((turn) => ({
    turn,
    at: performance.now() + turn.everyMs,
  }));
  while (due.length > 0 && !ends()) {
    const wanted = due.find(({ turn }) => turn.isWanted?.());
    const next = wanted ?? due.reduce((a, b) => b.at < a.at ? b : a);
    const left = wanted === undefined ? next.at - performance.now() : 0;
    if (left > 0) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, LOOK_MS)));
      continue;
    }
    await next.turn.run();
    next.at = performance.now() + next.turn.everyMs;
  }
}
