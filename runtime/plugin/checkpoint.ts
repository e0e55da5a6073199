// Where a call can be cut short.

/**
 * Told of each point that a call comes to: before and after each host call, after each change has been written down,
 * before each is undone, and around the commit, the release and the end of the journal. What it throws is thrown there;
 * a process that it kills dies there. The fault tests have one, the program has none.
 *
 * @param point `before links.createVeth`, `after links.createVeth`, `journaled link-created`, `undo link-created`,
 * `begun`, `commit`, `committed`, `release`, `remove entry`, `released`, `finish`, `finished`
 */
export type Checkpoint = (point: string) => void;

export const noCheckpoint: Checkpoint = () => {};
