// What a person reads of the verdicts: a line for each case, by section, and the sums.

import { printable } from "../cli/output.ts";
import { type Section, SECTIONS, type Verdict } from "./case.ts";

export function reportLines(verdicts: readonly Verdict[]): string[] {
  const lines: string[] = [];
  for (const [section, title] of Object.entries(SECTIONS)) {
    const own = verdicts.filter((it) => it.section === (section as Section));
    if (own.length === 0) continue;
    lines.push(`Section ${section}: ${title}`);
    for (const verdict of own) lines.push(`  ${line(verdict)}`);
  }
  return [...lines, summary(verdicts)];
}

function line({ verdict, id, version, title, expected, found }: Verdict): string {
  const name = `${verdict}  ${id}${version === undefined ? "" : `@${version}`}  ${title}: `;
  if (verdict === "skip") return printable(`${name}skipped: ${found}`);
  return printable(`${name}expected ${expected}; found ${found === "" ? "that" : found}`);
}

/** `80 passed, 2 failed, 1 skipped` */
export function summary(verdicts: readonly Verdict[]): string {
  const count = (verdict: Verdict["verdict"]) => verdicts.filter((it) => it.verdict === verdict).length;
  return `${count("pass")} passed, ${count("fail")} failed, ${count("skip")} skipped`;
}
