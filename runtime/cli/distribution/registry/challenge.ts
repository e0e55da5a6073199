// What a registry asks for with 401: the header WWW-Authenticate. Source: RFC 9110 section 11, and the distribution
// project's "Token Authentication Specification".

export interface Challenge {
  readonly scheme: "basic" | "bearer";
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The first challenge that can be answered. */
export function parseChallenge(header: string): Challenge | undefined {
  for (const match of header.matchAll(/(?:^|,\s*)(basic|bearer)\s+/gi)) {
    const parameters: Record<string, string> = {};
    const parameter = /\s*,?\s*([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/giy;
    parameter.lastIndex = match.index + match[0].length;
    for (let found; (found = parameter.exec(header)) !== null;) {
      parameters[found[1]!.toLowerCase()] = found[2]?.replace(/\\(.)/g, "$1") ?? found[3]!;
    }
    return { scheme: match[1]!.toLowerCase() as Challenge["scheme"], parameters };
  }
  return undefined;
}
