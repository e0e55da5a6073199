// Whether a plugin may run: it came with the installation, or an administrator has allowed just this component with just
// these capabilities.

import { CniFailure } from "../../cni/failure.ts";
import type { Manifest } from "../manifest.ts";
import type { InstalledPlugin } from "../registry.ts";
import { type FirstParty, isFirstParty } from "./first_party.ts";
import { type Permission, readPermission } from "./permission.ts";

/**
 * - `first-party`: it came with the installation. `allowed`: an administrator has allowed it.
 * - `not-allowed`: nobody has. `changed`: it is not what was allowed; `why` says what differs.
 */
export type Standing =
  | { readonly state: "first-party"; readonly permission: Permission | undefined }
  | { readonly state: "allowed"; readonly permission: Permission }
  | { readonly state: "not-allowed" }
  | { readonly state: "changed"; readonly permission: Permission; readonly why: string };

/** @throws {CniFailure} `pluginNotAllowed` if what was allowed cannot be read */
export function standingOf(plugin: InstalledPlugin, list: FirstParty, stateDir: string): Standing {
  const { name, digest } = plugin.file;
  const permission = readPermission(stateDir, name);
  if (isFirstParty(list, name, digest)) return { state: "first-party", permission };
  if (permission === undefined) return { state: "not-allowed" };
  const why = differenceOf(plugin, permission);
  return why === undefined ? { state: "allowed", permission } : { state: "changed", permission, why };
}

function differenceOf({ manifest, file }: InstalledPlugin, permission: Permission): string | undefined {
  if (file.digest !== permission.digest) {
    return `its component is another: SHA-256 ${file.digest}, allowed was ${permission.digest}`;
  }
  const keys = [
    ["imports", manifest.imports, permission.imports],
    ["grants", manifest.grants, permission.grants],
    ["limits", manifest.limits, permission.declaredLimits],
  ] as const;
  // Both come out of the same schemas, so their keys are in the same order.
  const changed = keys.find(([, now, then]) => JSON.stringify(now) !== JSON.stringify(then));
  if (changed === undefined) return undefined;
  const [key, now, then] = changed;
  return `${key} in its plugin.json are ${JSON.stringify(now)}, allowed were ${JSON.stringify(then)}`;
}

/** What a plugin runs with. */
export interface Admission {
  /** Its manifest, with the limits that count. */
  readonly manifest: Manifest;
  /** Of a plugin that did not come with the installation. */
  readonly permission: Permission | undefined;
}

/** @throws {CniFailure} `pluginNotAllowed`, naming the command that allows it */
export function admit(plugin: InstalledPlugin, list: FirstParty, stateDir: string): Admission {
  const { manifest } = plugin;
  const { name } = manifest;
  const standing = standingOf(plugin, list, stateDir);
  switch (standing.state) {
    case "first-party": {
      const limits = standing.permission?.limits ?? manifest.limits;
      return { manifest: { ...manifest, limits }, permission: undefined };
    }
    case "allowed": {
      const { permission } = standing;
      return { manifest: { ...manifest, limits: permission.limits }, permission };
    }
    case "not-allowed": {
      const why = Object.hasOwn(list, name)
        ? "its component is not the one that came with cnidaria, and nobody has allowed it"
        : "it did not come with cnidaria, and nobody has allowed it";
      throw refused(name, `${why}: SHA-256 ${plugin.file.digest}`);
    }
    case "changed":
      throw refused(name, `it is not what was allowed: ${standing.why}`);
  }
}

function refused(name: string, why: string): CniFailure {
  return new CniFailure(
    "pluginNotAllowed",
    `Cannot run plugin ${name} as ${why}`,
    `if it is meant to run, \`cnidaria plugin allow ${name}\` shows what it may do and allows it`,
  );
}
