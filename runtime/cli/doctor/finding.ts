// What the doctor finds: one subject each.

export interface Finding {
  readonly subject: string;
  /** `warn`: works, but less well or without a feature. `fail`: pods will not get their network. */
  readonly state: "ok" | "warn" | "fail";
  /** What was seen. */
  readonly why: string;
  /** What to do about it; only where something is amiss. */
  readonly advice?: string;
}

/** Findings as lines: a mark, the subject, what was seen; advice on a line of its own. */
export function findingLines(findings: readonly Finding[]): string[] {
  const width = Math.max(0, ...findings.map((finding) => finding.subject.length));
  return findings.flatMap(({ subject, state, why, advice }) => [
    `${state.padEnd(4)}  ${subject.padEnd(width)}  ${why}`,
    ...(advice === undefined ? [] : [`${" ".repeat(width + 8)}-> ${advice}`]),
  ]);
}

/** The exit code: 1 if pods will not get their network. */
export function exitCodeOf(findings: readonly Finding[]): number {
  return findings.some((finding) => finding.state === "fail") ? 1 : 0;
}
