// The launcher: what a release's bin/host is where the program could not be compiled. It starts Deno with the bundled
// host. The native entry executes it, or, where there is none, the container runtime by a link.

import { agentPermissions, permissionFlags, permissionsFor, type Places } from "./permissions.ts";

/** Line by which a later installation knows a file as its own. */
export const MARK = "# cnidaria launcher";

/** What the launcher starts. */
export interface Launched {
  /** The release's folder, which holds Deno and the bundled host. */
  readonly release: string;
  readonly places: Pick<Places, "prefix" | "stateDir">;
}

/** How the state's folder is named in the script: it is the one path that is known only when it runs. */
const STATE = "$STATE";
/**
 * Of V8's: all functions are compiled at once, so that Deno's code cache has them all; none is optimized, for which a
 * call is too short. Only with the same flags does V8 take what the cache has.
 */
const V8_FLAGS = "--v8-flags=--no-lazy,--no-opt,--no-maglev,--no-sparkplug";
/**
 * The agent has an isolate for each thread, which waits in the kernel and so is never idle for V8: it would keep what it
 * has grown to. After 300 ADDs and DELs this saved 8 MiB of 149, and took no time.
 */
const AGENT_V8_FLAGS = "--v8-flags=--max-semi-space-size=1";
const FLAGS = ["--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote"];
const WIDE = [
  "--allow-ffi",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
  "--allow-sys",
];

/**
 * The launcher's text, for sh(1) as POSIX has it.
 *
 * A CNI call gets the narrow permissions, the agent hardly more. Without CNI_COMMAND an administrator has called: that
 * command line also reads files which its arguments name, anywhere. The agent lives long enough for V8's optimizing.
 *
 * Called by its own name it was started by the entry, which has set CNIDARIA_NAME to that by which it was called itself.
 * By any other, variables of a call are those of a plugin that has started this one.
 *
 * The state's folder that was chosen at the installation has a variable of its own: the agent declines calls whose
 * CNIDARIA_STATE is not its own, and an entry that knows of neither asks the right one.
 */
export function launcherText({ release, places: { prefix, stateDir } }: Launched): string {
  const narrow = permissionFlags(permissionsFor({ prefix, stateDir: STATE }));
  const agent = permissionFlags(agentPermissions({ prefix, stateDir: STATE }));
  const start = (allowed: readonly string[], v8Flags = [V8_FLAGS]) =>
    `exec ${
      [`${release}/bin/deno`, "run", ...FLAGS, ...v8Flags, ...allowed, `${release}/lib/cnidaria/cnidaria.js`].map(quote)
        .join(" ")
    } "$@"`;
  return `#!/bin/sh
${MARK}, made by \`cnidaria install\`. The name by which it is called chooses the plugin.
case "$0" in
  */releases/*/bin/host) ;;
  *) unset CNIDARIA_CALL; CNIDARIA_NAME="\${0##*/}" ;;
esac
DENO_DIR=${quote(`${prefix}/deno-cache`)} DENO_NO_UPDATE_CHECK=1
CNIDARIA_INSTALLED_STATE=${quote(stateDir)}
export CNIDARIA_NAME CNIDARIA_INSTALLED_STATE DENO_DIR DENO_NO_UPDATE_CHECK
STATE="\${CNIDARIA_STATE:-$CNIDARIA_INSTALLED_STATE}"
if [ -n "\${CNI_COMMAND+set}" ]; then
  ${start(narrow)}
fi
if [ "\$1" = agent ]; then
  ${start(agent, [AGENT_V8_FLAGS])}
fi
case "\$1 \$2" in
  status\\ * | "policy explain" | "policy apply" | "policy drops" | \\
    "plugin push" | "plugin pull" | "plugin save")
    ${start([...WIDE, "--allow-net"])} ;;
esac
${start(WIDE)}
`;
}

/** A word that sh(1) takes as it is, but for the state's folder. */
export function quote(word: string): string {
  const literal = (part: string) => /^[\w@%+=:,./-]*$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`;
  return word.split(STATE).map(literal).join(`"${STATE}"`);
}
