// Where a call can be cut short.

/**
 * Told of each point that a call comes to: before and after each host call, after each change has been written down,
 * and around the commit. What it throws is thrown there; a process that it kills dies there. The fault tests have one,
 * the program has none.
 *
 * @param point `before links.createVeth`, `after links.createVeth`, `journaled link-created`, `commit`, …
 */
export type Checkpoint = (point: string) => void;

export const noCheckpoint: Checkpoint = () => {};
