// The launcher: what /opt/cni/bin holds where the program could not be compiled. It starts Deno with the bundled host.

import type { Permission } from "./permissions.ts";
import { permissionFlags } from "./permissions.ts";

/** Line by which a later installation knows a file as its own. */
export const MARK = "# cnidaria launcher";

/** What the launcher starts. */
export interface Launched {
  /** Path of the Deno executable. */
  readonly deno: string;
  /** Path of the bundled host. */
  readonly program: string;
  /** Folder for Deno's own cache: a runtime may start plugins without HOME. */
  readonly denoDir: string;
  readonly permissions: readonly Permission[];
}

/**
 * The launcher's text, for sh(1) as POSIX has it.
 *
 * A CNI call gets the narrow permissions. Without CNI_COMMAND an administrator has called: that command line also reads
 * files which its arguments name, anywhere.
 */
export function launcherText({ deno, program, denoDir, permissions }: Launched): string {
  const flags = ["--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote", "--no-code-cache"];
  const start = (allowed: readonly string[]) =>
    `exec ${[deno, "run", ...flags, ...allowed, program].map(quote).join(" ")} "$@"`;
  return `#!/bin/sh
${MARK}: made by \`deno task install-cni\`; it starts the bundled host on Deno. The name it is called by chooses the plugin.
CNIDARIA_NAME="\${0##*/}" DENO_DIR=${quote(denoDir)} DENO_NO_UPDATE_CHECK=1
export CNIDARIA_NAME DENO_DIR DENO_NO_UPDATE_CHECK
if [ -n "$CNI_COMMAND" ]; then
  ${start(permissionFlags(permissions))}
fi
${start(["--allow-ffi", "--allow-read", "--allow-write", "--allow-env", "--allow-run", "--allow-sys"])}
`;
}

/** A word that sh(1) takes as it is. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
