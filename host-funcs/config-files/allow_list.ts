// /etc/cni/tuning/allowlist.conf: which kernel parameters the configurations of this node may set. Its format is that of
// the tuning plugin of containernetworking/plugins: a regular expression a line, in RE2's syntax.

import { HostCallError } from "../error.ts";

export const ALLOW_LIST: string = "/etc/cni/tuning/allowlist.conf";

/**
 * The expressions of the file.
 *
 * @throws {HostCallError} `invalid` for a line that is no expression, or one that means something else here than in RE2
 */
export function parseAllowList(text: string, path = ALLOW_LIST): RegExp[] {
  return text.split("\n").flatMap((raw, index) => {
    const line = raw.trim();
    if (line === "") return [];
    try {
      return [new RegExp(...translated(line))];
    } catch (cause) {
      throw new HostCallError(
        "invalid",
        `Cannot use line ${index + 1} of ${path} as a regular expression: ${line}: ${(cause as Error).message}`,
      );
    }
  });
}

/** The keys that no expression matches any part of. */
export function refusedBy(list: readonly RegExp[], keys: readonly string[]): string[] {
  return keys.filter((key) => !list.some((expression) => expression.test(key)));
}

/**
 * An expression of RE2 in the strict syntax of JavaScript (`u`), which refuses what it knows by another name: classes as
 * `[[:alpha:]]`, `\A`, `\z`, `\Q`. RE2 lets any punctuation be escaped; and what it has not (looking ahead or behind,
 * references to groups) is no expression there either.
 */
function translated(line: string): [source: string, flags: string] {
  const ignoreCase = line.startsWith("(?i)");
  const source = ignoreCase ? line.slice("(?i)".length) : line;
  if (/\(\?<?[=!]|\\k<|\\[1-9]/.test(source.replaceAll("\\\\", ""))) throw new SyntaxError("RE2 has no such syntax");
  const escaped = source.replaceAll(
    /\\([^A-Za-z0-9])/g,
    (_, character: string) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
  return [escaped, ignoreCase ? "iu" : "u"];
}
