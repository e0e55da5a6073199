// Versions of the CNI specification.

import { CniFailure } from "./failure.ts";

/** What is supported, oldest first. */
export const CNI_VERSIONS = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"] as const;
export type CniVersion = typeof CNI_VERSIONS[number];

/** The newest; the one that errors are written in before the configuration is known. */
export const LATEST_VERSION: CniVersion = "1.1.0";

/** The version from which a command exists (section 2 of the specification; VERSION says the same in all). */
export const COMMAND_SINCE = { ADD: "0.1.0", DEL: "0.1.0", CHECK: "0.4.0", GC: "1.1.0", STATUS: "1.1.0" } as const;
export type Command = keyof typeof COMMAND_SINCE | "VERSION";

export function isCniVersion(text: string): text is CniVersion {
  return (CNI_VERSIONS as readonly string[]).includes(text);
}

/** Whether `version` is `since` or newer. */
export function isAtLeast(version: CniVersion, since: CniVersion): boolean {
  return CNI_VERSIONS.indexOf(version) >= CNI_VERSIONS.indexOf(since);
}

/**
 * The version that a configuration asks for. None, or the empty string, means 0.1.0: that version had no such key.
 *
 * @throws {CniFailure} `incompatibleVersion`
 */
export function selectVersion(cniVersion: string | undefined, command: keyof typeof COMMAND_SINCE): CniVersion {
  const version = cniVersion === undefined || cniVersion === "" ? "0.1.0" : cniVersion;
  if (!isCniVersion(version)) {
    throw new CniFailure(
      "incompatibleVersion",
      `Cannot use the network configuration as its cniVersion is not supported: ${JSON.stringify(version)}`,
      `supported are ${CNI_VERSIONS.join(", ")}`,
    );
  }
  const since = COMMAND_SINCE[command];
  if (!isAtLeast(version, since)) {
    throw new CniFailure(
      "incompatibleVersion",
      `Cannot ${command} as the network configuration's cniVersion ${version} has no such command: ` +
        `it needs ${since} or newer`,
    );
  }
  return version;
}

/** Answer to VERSION, as JSON text. */
export function formatVersions(cniVersion: string): string {
  return JSON.stringify({ cniVersion, supportedVersions: CNI_VERSIONS });
}
