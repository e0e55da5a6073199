// Who uses what in a table: chains use sets, counters and other chains, verdict maps use chains. Names are with their
// kind, `chain forward`, as messages have them. Pure.

import { refuse } from "./refusal.ts";

/** The kernel follows no more chains than these into each other (NFT_JUMP_STACK_SIZE). */
export const MAX_DEPTH = 16;

type Edges = Map<string, Map<string, number>>;

export class References {
  readonly #used: Edges = new Map();
  readonly #users: Edges = new Map();

  add(user: string, used: string): void {
    count(this.#used, user, used, 1);
    count(this.#users, used, user, 1);
  }

  remove(user: string, used: string): void {
    count(this.#used, user, used, -1);
    count(this.#users, used, user, -1);
  }

  /** One that uses it. */
  userOf(used: string): string | undefined {
    return this.#users.get(used)?.keys().next().value;
  }

  /**
   * Looks whether the kernel would follow the chains through `changed`.
   *
   * @throws {HostCallError} `invalid`, if they lead in a circle or too deep
   */
  checkJumps(changed: Iterable<string>): void {
    const [down, up] = [new Map<string, number>(), new Map<string, number>()];
    for (const name of changed) {
      const depth = longest(name, this.#used, down, []) + longest(name, this.#users, up, []) - 1;
      if (depth > MAX_DEPTH) refuse(`use ${name}`, tooDeep(depth));
    }
  }
}

function count(edges: Edges, from: string, to: string, by: number): void {
  let ends = edges.get(from);
  if (ends === undefined) edges.set(from, ends = new Map());
  const times = (ends.get(to) ?? 0) + by;
  if (times > 0) ends.set(to, times);
  else ends.delete(to);
  if (ends.size === 0) edges.delete(from);
}

/** How many chains there are on the longest way from `name` on. */
function longest(name: string, edges: Edges, known: Map<string, number>, way: string[]): number {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (way.includes(name)) refuse(`jump to ${name}`, `that leads in a circle: ${[...way, name].join(", ")}`);
  // Between two chains there may be a map.
  if (way.length > 2 * MAX_DEPTH) refuse(`use ${way[0]}`, tooDeep(way.length));
  way.push(name);
  let rest = 0;
  for (const next of edges.get(name)?.keys() ?? []) rest = Math.max(rest, longest(next, edges, known, way));
  way.pop();
  const length = rest + (name.startsWith("chain ") ? 1 : 0);
  known.set(name, length);
  return length;
}

function tooDeep(depth: number): string {
  return `chains lead into each other ${depth} deep: the kernel follows ${MAX_DEPTH}`;
}
