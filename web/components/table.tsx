// A table that is sorted, filtered and paged by its URL. Without JavaScript its form is sent by its button, and its
// headings are links; with it `islands/live_form.ts` does the same while one types.

import type { ComponentChildren } from "preact";

export interface Column<R> {
  /** The parameter that filters by it, and the word by which it is sorted. */
  readonly name: string;
  readonly heading: string;
  readonly cell: (row: R) => ComponentChildren;
  /** False: there is no filter for it. */
  readonly filters?: boolean;
  /** False: not at all. */
  readonly sorts?: boolean;
  readonly class?: string;
}

export interface TableProps<R> {
  /** For those who hear it. */
  readonly caption: string;
  readonly url: URL;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
  readonly matched: number;
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  /** What they are: `attachments`. */
  readonly noun: string;
  /** In the place of rows where there is nothing at all. */
  readonly empty: ComponentChildren;
  readonly exports?: readonly { readonly text: string; readonly href: string }[];
}

export function FilteredTable<R>(props: TableProps<R>) {
  const { caption, url, columns, rows, keyOf, matched, total, noun, empty, exports = [] } = props;
  if (total === 0) return <div class="empty">{empty}</div>;
  const sort = url.searchParams.get("sort") ?? "";
  return (
    <form method="get" action={url.pathname} data-live class="filtered">
      <div class="bar">
        <label class="search">
          <span>Search</span>
          <input type="search" name="q" value={url.searchParams.get("q") ?? ""} autocomplete="off" spellcheck={false} />
        </label>
        {sort === "" ? null : <input type="hidden" name="sort" value={sort} />}
        <button type="submit">Filter</button>
        <a href={url.pathname} data-nav>Clear</a>
        <span class="count" role="status">
          {matched === total ? `${total} ${noun}` : `${matched} of ${total} ${noun}`}
        </span>
        {exports.map(({ text, href }) => <a key={href} href={`${href}${url.search}`} download>{text}</a>)}
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map((it) => <Heading key={it.name} column={it} url={url} sort={sort} />)}
            </tr>
            <tr class="filters">
              {columns.map(({ name, heading, filters }) => (
                <td key={name}>
                  {filters === false ? null : (
                    <input
                      name={name}
                      value={url.searchParams.get(name) ?? ""}
                      aria-label={`Filter by ${heading}`}
                      autocomplete="off"
                      spellcheck={false}
                    />
                  )}
                </td>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map(({ name, cell, class: kind }) => <td key={name} class={kind}>{cell(row)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {matched === 0
        ? (
          <p class="empty">
            Nothing matches: <a href={url.pathname} data-nav>clear the filters</a>.
          </p>
        )
        : null}
      <Pager {...props} />
    </form>
  );
}

function Heading<R>({ column, url, sort }: { readonly column: Column<R>; readonly url: URL; readonly sort: string }) {
  const { name, heading, sorts } = column;
  if (sorts === false) return <th scope="col">{heading}</th>;
  const order = sort === name ? "ascending" : sort === `-${name}` ? "descending" : undefined;
  const next = order === "ascending" ? `-${name}` : name;
  return (
    <th scope="col" aria-sort={order}>
      <a href={withParameter(url, "sort", next)} data-nav>
        {heading}
        <span aria-hidden="true">{order === "ascending" ? " ▲" : order === "descending" ? " ▼" : ""}</span>
      </a>
    </th>
  );
}

export function Pager({ url, page, pages }: Pick<TableProps<unknown>, "url" | "page" | "pages">) {
  if (pages === 1) return null;
  const to = (number: number, text: string) =>
    number < 1 || number > pages
      ? <span class="off">{text}</span>
      : <a href={withParameter(url, "page", String(number))} data-nav>{text}</a>;
  return (
    <nav class="pager" aria-label="Pages of the table">
      {to(page === 1 ? 0 : 1, "First")} {to(page - 1, "Previous")}
      <span>Page {page} of {pages}</span>
      {to(page + 1, "Next")} {to(page === pages ? pages + 1 : pages, "Last")}
    </nav>
  );
}

/** Another page of the same; with a new order it begins at the first. */
export function withParameter(url: URL, name: string, value: string): string {
  const query = new URLSearchParams(url.searchParams);
  if (name !== "page") query.delete("page");
  query.set(name, value);
  return `${url.pathname}?${query}`;
}
