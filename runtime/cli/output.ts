// The one place from which the command line writes.

/** Where results and complaints go: results to stdout, everything else to stderr. */
export interface Output {
  line(text: string): void;
  /** A value for another program, indented. */
  json(value: unknown): void;
  complain(text: string): void;
}

/** A failure that the user can understand: its message is shown without more. `code` is the exit code. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  constructor(message: string, readonly code: 1 | 2 = 1) {
    super(message);
  }
}

export const standardOutput: Output = {
  line: (text) => writeAll(Deno.stdout, `${text}\n`),
  json: (value) => writeAll(Deno.stdout, `${JSON.stringify(value, null, 2)}\n`),
  complain: (text) => writeAll(Deno.stderr, `${text}\n`),
};

/** An output that keeps what was written, for tests. */
export function recordedOutput(): Output & { readonly out: string[]; readonly err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out,
    err,
    line: (text) => out.push(text),
    json: (value) => out.push(JSON.stringify(value)),
    complain: (text) => err.push(text),
  };
}

/** Lines of columns under their headings, aligned, each cell `printable`; the last column is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}

/** A heading and its values, one a line; `none` where there are none. */
export function sectionLines(heading: string, values: readonly string[]): string[] {
  return (values.length === 0 ? ["none"] : values).map((value, index) =>
    printable(`${(index === 0 ? heading : "").padEnd(11)}${value}`)
  );
}

/** Text of others, with what could move a terminal's cursor or hide in it written out. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}
