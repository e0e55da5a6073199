// Patterns of a plugin's grants: names of links, keys of sysctl, types of plugins.
//
// `*` stands for any characters but a slash, `**` for any at all. `${ifname}` is CNI_IFNAME; `${config.KEY}` and
// `${config.KEY.KEY}` are values of the network configuration; `${config.bridge:cni0}` has a default. `${prevResult}` is
// each link of the host that the result of the plugin before names. A token without a value makes the pattern match
// nothing; the value of a token is taken literally: a star in it is no wildcard. A default's star is one, as the
// pattern's author wrote it.

/** What the tokens of a pattern stand for. */
export interface PatternScope {
  readonly ifname: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the host's links in prevResult. */
  readonly resultLinks?: readonly string[];
}

/** Whether a text is as a pattern says. */
export function matchesPattern(pattern: string, text: string, scope: PatternScope): boolean {
  let source = "";
  for (const part of pattern.split(/(\$\{[^}]*\}|\*{1,2})/)) {
    if (part === "**") source += ".*";
    else if (part === "*") source += ANY;
    else if (part.startsWith("${")) {
      const sources = tokenSources(part.slice(2, -1), scope);
      if (sources.length === 0) return false;
      source += `(?:${sources.join("|")})`;
    } else source += RegExp.escape(part);
  }
  return new RegExp(`^${source}$`, "s").test(text);
}

const ANY = "[^/]*";

/** As regular expressions. */
function tokenSources(token: string, scope: PatternScope): readonly string[] {
  if (token === "prevResult") return (scope.resultLinks ?? []).map((name) => RegExp.escape(name));
  const source = tokenSource(token, scope);
  return source === undefined ? [] : [source];
}

function tokenSource(token: string, scope: PatternScope): string | undefined {
  if (token === "ifname") return RegExp.escape(scope.ifname);
  const [path = "", fallback] = split(token);
  if (!path.startsWith("config.")) return undefined;
  const value = configValue(path, scope.config);
  if ((typeof value === "string" && value !== "") || typeof value === "number") return RegExp.escape(String(value));
  return fallback?.split("*").map((text) => RegExp.escape(text)).join(ANY);
}

/** What the configuration has at `config.KEY.KEY`; undefined where it has nothing there. */
export function configValue(path: string, config: Readonly<Record<string, unknown>>): unknown {
  let value: unknown = config;
  for (const key of path.slice("config.".length).split(".")) {
    value = typeof value === "object" && value !== null && Object.hasOwn(value, key)
      ? (value as Record<string, unknown>)[key]
      : undefined;
  }
  return value;
}

/** At the first colon. */
function split(token: string): [string, string | undefined] {
  const at = token.indexOf(":");
  return at < 0 ? [token, undefined] : [token.slice(0, at), token.slice(at + 1)];
}
