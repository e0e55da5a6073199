// What there is to measure, and which of it was asked for.

/** ADD and DEL, one at a time. */
export interface CallScenario {
  readonly kind: "calls";
  readonly name: string;
  readonly subnets: readonly string[];
  readonly ipMasq: boolean;
  /** Pods that have leases and rules already. */
  readonly held: number;
}

/** All pods as fast as possible. */
export interface BurstScenario {
  readonly kind: "burst";
  readonly name: string;
  readonly pods: number;
  readonly parallel: number;
}

/** Acquiring, with more and more leases held. */
export interface LeaseScenario {
  readonly kind: "leases";
  readonly name: string;
  /** Ascending. */
  readonly held: readonly number[];
}

export type Scenario = CallScenario | BurstScenario | LeaseScenario;

export interface Extent {
  /** Pods held in the scenarios of single calls. */
  readonly held: readonly number[];
  /** Pods of a burst. */
  readonly pods: number;
  /** Leases held. */
  readonly leases: readonly number[];
  /** Part of the names of the scenarios that are wanted, in any case; all where it is empty. */
  readonly only: string;
}

export const FULL: Extent = { held: [0, 1000, 10_000], pods: 250, leases: [0, 1000, 10_000, 65_000], only: "" };
export const QUICK: Extent = { held: [0, 1000], pods: 50, leases: [0, 1000], only: "" };

/** One subnet for each family: room for 65,000 pods. */
export const SUBNETS = { ipv4: "10.22.0.0/16", ipv6: "fd00:22::/112" };

const FAMILIES: readonly [string, readonly string[]][] = [
  ["IPv4", [SUBNETS.ipv4]],
  ["dual stack", [SUBNETS.ipv4, SUBNETS.ipv6]],
];

const PARALLEL = [1, 8, 32];

/** The scenarios in the order in which they are measured. */
export function scenariosOf({ held, pods, leases, only }: Extent): Scenario[] {
  const all: Scenario[] = [];
  for (const count of held) {
    for (const [family, subnets] of FAMILIES) {
      for (const ipMasq of [false, true]) {
        const name = `${family}, ${ipMasq ? "ipMasq" : "no ipMasq"}, ${thousands(count)} held`;
        all.push({ kind: "calls", name, subnets, ipMasq, held: count });
      }
    }
  }
  for (const parallel of PARALLEL) {
    all.push({ kind: "burst", name: `burst of ${pods} pods, ${parallel} at once`, pods, parallel });
  }
  all.push({ kind: "leases", name: "leases", held: leases.toSorted((a, b) => a - b) });
  return all.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
}

/** `10,000` */
export function thousands(count: number): string {
  return count.toLocaleString("en-US");
}
