// Filters, sorts and pages rows by what a URL says: the same for every table.

export type Cell = string | number;

export interface ColumnRead<R> {
  readonly text: (row: R) => Cell;
  /** By what it is sorted, where that is not its text. */
  readonly order?: (row: R) => Cell;
}

/** How a table's columns are read, by their names in URLs. */
export type Columns<R> = Readonly<Record<string, ColumnRead<R>>>;

export interface Selected<R> {
  /** Before filtering, and after. */
  readonly total: number;
  readonly matched: number;
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  readonly rows: readonly R[];
}

/** Rows of a page, where the URL does not say; and at most. */
export const PAGE_ROWS = 50;
export const MOST_PAGE_ROWS = 1000;

/**
 * Each parameter that is named as a column has to occur in it, without regard to case; `q` in any column. `sort` is a
 * column, descending with `-` before it. `page` counts from 1, `size` is the number of its rows. Others are left alone.
 *
 * @throws {RangeError} a sentence, for a sort by no column or a page that is no number
 */
export function selectRows<R>(rows: readonly R[], columns: Columns<R>, parameters: URLSearchParams): Selected<R> {
  const size = numberOf(parameters, "size", PAGE_ROWS, MOST_PAGE_ROWS);
  const matching = sorted(filtered(rows, columns, parameters), columns, parameters.get("sort"));
  const pages = Math.max(1, Math.ceil(matching.length / size));
  const page = Math.min(numberOf(parameters, "page", 1, Infinity), pages);
  return {
    total: rows.length,
    matched: matching.length,
    page,
    pages,
    rows: matching.slice((page - 1) * size, page * size),
  };
}

/** All that match, in order: for an export. */
export function matchingRows<R>(rows: readonly R[], columns: Columns<R>, parameters: URLSearchParams): readonly R[] {
  return sorted(filtered(rows, columns, parameters), columns, parameters.get("sort"));
}

function filtered<R>(rows: readonly R[], columns: Columns<R>, parameters: URLSearchParams): readonly R[] {
  const wanted = Object.entries(columns).flatMap(([name, { text: read }]) => {
    const text = parameters.get(name)?.trim().toLowerCase() ?? "";
    return text === "" ? [] : [{ read, text }];
  });
  const anywhere = parameters.get("q")?.trim().toLowerCase() ?? "";
  if (wanted.length === 0 && anywhere === "") return rows;
  const all = Object.values(columns);
  return rows.filter((row) =>
    wanted.every(({ read, text }) => has(read(row), text)) &&
    (anywhere === "" || all.some(({ text }) => has(text(row), anywhere)))
  );
}

function has(cell: Cell, text: string): boolean {
  return String(cell).toLowerCase().includes(text);
}

function sorted<R>(rows: readonly R[], columns: Columns<R>, sort: string | null): readonly R[] {
  if (sort === null || sort === "") return rows;
  const name = sort.replace(/^-/, "");
  const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (column === undefined) throw new RangeError(`sort must be one of ${Object.keys(columns).join(", ")}`);
  const read = column.order ?? column.text;
  const sign = sort.startsWith("-") ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: read(row) }));
  keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ row }) => row);
}

/** @throws {RangeError} where it is no number from 1 on */
export function numberOf(parameters: URLSearchParams, name: string, usual: number, most: number): number {
  const text = parameters.get(name);
  if (text === null || text === "") return usual;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`${name} must be a number from 1 on`);
  return Math.min(number, most);
}
