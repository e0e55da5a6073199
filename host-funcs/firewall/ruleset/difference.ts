// The changes that make one table another, in an order that neither `Ruleset` nor the kernel refuses: first what others
// use, then who uses it, then what is no longer used. Pure.

import type { Chain, Change } from "cnidaria:cni/nftables@0.3.0";
import type { HeldSet, TableContent } from "./ruleset.ts";
import { isSameChain, isSameVerdict, targetOf, usesOf } from "./uses.ts";

/**
 * @param from what is there
 * @param to what is wanted; both as a `Ruleset` has it
 */
export function differenceOf(from: TableContent, to: TableContent): Change[] {
  const { changes, rest } = unmake(from, to);
  return [...changes, ...plainDifference(rest, to)];
}

/** Where nothing has another type or another hook by the same name. */
function plainDifference(from: TableContent, to: TableContent): Change[] {
  const newChains = [...to.chains.values()].filter(({ name }) => !from.chains.has(name));
  const oldChains = [...from.chains.values()].filter(({ name }) => !to.chains.has(name));
  const oldSets = [...from.sets.values()].filter(({ name }) => !to.sets.has(name));
  return [
    ...[...to.sets.values()].filter(({ name }) => !from.sets.has(name)).map(addSet),
    ...[...to.counters].filter((name) => !from.counters.has(name)).map((val): Change => ({ tag: "add-counter", val })),
    ...inOrder(newChains.map((chain) => ({ it: chain, name: `chain ${chain.name}`, uses: usesOf(chain) }))).map(
      putChain,
    ),
    // Deleting comes before adding: an interval may lie where another was.
    ...[...to.sets.values()].flatMap((set) => deletedElements(from.sets.get(set.name), set)),
    ...[...to.sets.values()].flatMap((set) => addedElements(from.sets.get(set.name), set)),
    ...[...to.chains.values()].filter((chain) => {
      const present = from.chains.get(chain.name);
      return present !== undefined && !isSameChain(present, chain);
    }).map(putChain),
    ...deletions(oldChains, oldSets),
    ...[...from.counters].filter((name) => !to.counters.has(name))
      .map((val): Change => ({ tag: "delete-counter", val })),
  ];
}

/** Chains and sets, users before what they use. */
function deletions(chains: readonly Chain[], sets: readonly HeldSet[]): Change[] {
  const nodes: Node<Change>[] = [
    ...chains.map((chain) => ({
      it: { tag: "delete-chain" as const, val: chain.name },
      name: `chain ${chain.name}`,
      uses: usesOf(chain),
    })),
    ...sets.map((set) => ({
      it: { tag: "delete-set" as const, val: set.name },
      name: `set ${set.name}`,
      uses: [...set.elements.values()].map((verdict) => `chain ${targetOf(verdict)}`),
    })),
  ];
  return inOrder(nodes).reverse();
}

interface Node<T> {
  readonly it: T;
  readonly name: string;
  readonly uses: readonly string[];
}

/** What is used before who uses it. Whatever is not among the nodes has no place in the order. */
function inOrder<T>(nodes: readonly Node<T>[]): T[] {
  const waiting = new Map(nodes.map((node) => [node.name, node]));
  const ordered: T[] = [];
  const place = (node: Node<T>) => {
    if (!waiting.delete(node.name)) return;
    for (const name of node.uses) {
      const used = waiting.get(name);
      if (used !== undefined) place(used);
    }
    ordered.push(node.it);
  };
  for (const node of nodes) place(node);
  return ordered;
}

/**
 * Takes away what has to be made anew, as its type or hook is another, with all that uses it.
 *
 * @returns the changes for that, and what is there afterwards
 */
function unmake(from: TableContent, to: TableContent): { changes: Change[]; rest: TableContent } {
  const chains = [...from.chains.values()].filter(({ name, base }) => {
    const wanted = to.chains.get(name);
    return wanted !== undefined && (wanted.base?.hook !== base?.hook || wanted.base?.priority !== base?.priority);
  });
  const sets = [...from.sets.values()].filter((set) => {
    const wanted = to.sets.get(set.name);
    return wanted !== undefined && typeOf(wanted) !== typeOf(set);
  });
  if (chains.length + sets.length === 0) return { changes: [], rest: from };
  const gone = new Set([...chains.map(({ name }) => `chain ${name}`), ...sets.map(({ name }) => `set ${name}`)]);
  const emptied = [...from.chains.values()].filter((chain) =>
    gone.has(`chain ${chain.name}`) || usesOf(chain).some((name) => gone.has(name))
  ).map((chain) => ({ ...chain, rules: [] }));
  const shortened = [...from.sets.values()].map((set): HeldSet => ({
    ...specOf(set),
    elements: new Map([...set.elements].filter(([, verdict]) => !gone.has(`chain ${targetOf(verdict)}`))),
  }));
  const rest = {
    sets: new Map(shortened.filter(({ name }) => !gone.has(`set ${name}`)).map((set) => [set.name, set])),
    chains: new Map([...from.chains, ...emptied.map((chain): [string, Chain] => [chain.name, chain])]),
    counters: from.counters,
  };
  for (const { name } of chains) rest.chains.delete(name);
  const changes = [
    ...emptied.map(putChain),
    ...shortened.flatMap((set) => deletedElements(from.sets.get(set.name), set)),
    ...sets.map(({ name }): Change => ({ tag: "delete-set", val: name })),
    ...chains.map(({ name }): Change => ({ tag: "delete-chain", val: name })),
  ];
  return { changes, rest };
}

function deletedElements(from: HeldSet | undefined, to: HeldSet): Change[] {
  const keys = [...from?.elements.keys() ?? []].filter((key) => !to.elements.has(key));
  return keys.length === 0 ? [] : [{ tag: "delete-elements", val: { set: to.name, keys } }];
}

function addedElements(from: HeldSet | undefined, to: HeldSet): Change[] {
  const elements = [...to.elements].filter(([key, verdict]) =>
    from === undefined || !from.elements.has(key) || !isSameVerdict(from.elements.get(key), verdict)
  ).map(([key, verdict]) => verdict === undefined ? { key } : { key, verdict });
  return elements.length === 0 ? [] : [{ tag: "put-elements", val: { set: to.name, elements } }];
}

function addSet(set: HeldSet): Change {
  return { tag: "add-set", val: specOf(set) };
}

function putChain(chain: Chain): Change {
  return { tag: "put-chain", val: chain };
}

function specOf({ name, key, intervals, verdicts }: HeldSet) {
  return { name, key, intervals, verdicts };
}

function typeOf({ key, intervals, verdicts }: HeldSet): string {
  return `${key.join(" . ")} ${intervals} ${verdicts}`;
}
