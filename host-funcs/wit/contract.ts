// The contract's name and version. README.md here says what a version promises.

/** MAJOR.MINOR.PATCH, as every .wit file here has it. */
export const CONTRACT_VERSION = "0.3.0";

const PACKAGE = "cnidaria:cni";

/** An interface of the contract, of any version. */
export interface ContractInterface {
  /** `links` */
  readonly name: string;
  /** `0.1.0` */
  readonly version: string;
}

/** What a component has to import or export by, for this host: `cnidaria:cni/links@` and the version. */
export function qualifiedName(name: string, version: string = CONTRACT_VERSION): string {
  return `${PACKAGE}/${name}@${version}`;
}

/** The interface that a component's import or export is; undefined where it is none of the contract's. */
export function contractInterface(qualified: string): ContractInterface | undefined {
  const match = /^cnidaria:cni\/([a-z0-9-]+)@(\d+\.\d+\.\d+)$/.exec(qualified);
  return match === null ? undefined : { name: match[1]!, version: match[2]! };
}

/** Which of two versions is newer: below 0 where the second is. */
export function compareVersions(some: string, other: string): number {
  const [left, right] = [some, other].map((it) => it.split(".").map(Number));
  for (const at of [0, 1, 2]) {
    const difference = left![at]! - right![at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Whether a host of `own` has what a component of `version` was built with: the same major, and a minor that is not
 * newer. Patches differ in words alone.
 */
export function isServed(version: string, own: string = CONTRACT_VERSION): boolean {
  const [major, minor] = version.split(".").map(Number);
  const [ownMajor, ownMinor] = own.split(".").map(Number);
  return major === ownMajor && minor! <= ownMinor!;
}
