// A table on a terminal that is drawn again when a row changes; on anything else each row is printed once, when it is
// complete.

/** Prints text; tests give their own. */
export type Print = (text: string) => void;

/** Cells as wide as their column's widest, two spaces between. */
export function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd());
}

export class LiveTable {
  #rows: string[][];
  #drawn = 0;

  /** @param live whether the terminal understands cursor movements */
  constructor(header: string[], private readonly print: Print, private readonly live: boolean) {
    this.#rows = [header];
  }

  /** Adds a row, and answers its number. */
  add(cells: string[]): number {
    this.#rows.push(cells);
    this.#draw();
    return this.#rows.length - 1;
  }

  /** Changes a row. */
  update(row: number, cells: string[]): void {
    this.#rows[row] = cells;
    this.#draw();
  }

  /** After the last change: prints the table, where it could not be drawn live. */
  end(): void {
    if (!this.live) { for (const line of layOut(this.#rows)) this.print(`  ${line}\n`); }
  }

  #draw(): void {
    if (!this.live) return;
    if (this.#drawn > 0) this.print(`\x1b[${this.#drawn}A`);
    for (const line of layOut(this.#rows)) this.print(`\x1b[2K  ${line}\n`);
    this.#drawn = this.#rows.length;
  }
}
