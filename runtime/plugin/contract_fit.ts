// Whether this host has what a component was built with, by the names of its imports and exports.

import { compareVersions, CONTRACT_VERSION, contractInterface, isServed } from "../../host-funcs/wit/contract.ts";
import { CniFailure } from "../cni/failure.ts";

/** What keeps a component from running here. */
export interface Mismatch {
  /** Completes "Cannot run plugin NAME as": it says what the component was built for, and what this host has. */
  readonly why: string;
  readonly advice: string;
}

/** The newest version of the contract among the names; undefined where none is of the contract. */
export function builtFor(names: readonly string[]): string | undefined {
  const versions = names.map(contractInterface).filter((it) => it !== undefined).map(({ version }) => version);
  return versions.sort(compareVersions).at(-1);
}

/**
 * @param names what the component imports and exports
 * @param known names of interfaces that this host has
 */
export function mismatchOf(names: readonly string[], known: readonly string[]): Mismatch | undefined {
  const version = builtFor(names.filter((name) => !isServed(contractInterface(name)?.version ?? CONTRACT_VERSION)));
  if (version !== undefined) {
    return {
      why: `it was built for cnidaria:cni ${version}, and this host has ${CONTRACT_VERSION}`,
      advice: adviceFor(version),
    };
  }
  for (const { name, version } of names.map(contractInterface).filter((it) => it !== undefined)) {
    if (known.includes(name)) continue;
    return {
      why: `it was built for cnidaria:cni ${version} with an interface "${name}", which this host's ` +
        `${CONTRACT_VERSION} does not have`,
      advice: REBUILD,
    };
  }
  return undefined;
}

/** @throws {CniFailure} `badComponent`, where there is a mismatch */
export function refuseMismatch(plugin: string, names: readonly string[], known: readonly string[]): void {
  const mismatch = mismatchOf(names, known);
  if (mismatch === undefined) return;
  throw new CniFailure("badComponent", `Cannot run plugin ${plugin} as ${mismatch.why}`, mismatch.advice);
}

const REBUILD = "build the plugin with the release of cnidaria that this node has";

function adviceFor(version: string): string {
  if (compareVersions(version, CONTRACT_VERSION) < 0) return `${REBUILD}: hosts of that version are no more`;
  return `upgrade cnidaria on this node to a release that has cnidaria:cni ${version}, or ${REBUILD}`;
}
