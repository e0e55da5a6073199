// Numbers that look random, and are the same for the same seed: a test that fails can be run again.

/** CNIDARIA_TEST_SEED, or a new one. */
export function seedOfRun(): number {
  const given = Number(Deno.env.get("CNIDARIA_TEST_SEED") ?? "");
  return given > 0 ? given : crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000 + 1;
}

/** Numbers from 0 to below 1, by mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
