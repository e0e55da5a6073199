// The table of a plugin's options in its README, from the schema. It runs where plugins are built, and not in them.

import * as v from "valibot";

/** Between these lines of a README the table lies. */
export const TABLE_BEGIN = "<!-- options -->";
export const TABLE_END = "<!-- /options -->";

type Entry = v.GenericSchema & { readonly wrapped?: v.GenericSchema; readonly default?: unknown };

/** Markdown: a row for each key. */
export function optionsTable(
  schema: v.ObjectSchema<v.ObjectEntries, v.ErrorMessage<v.ObjectIssue> | undefined>,
): string {
  const rows = Object.entries(schema.entries).map(([key, entry]) => rowOf(key, entry as Entry));
  const all = [["key", "default", "values", "meaning"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)));
  const lines = all.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function rowOf(key: string, entry: Entry): string[] {
  const optional = entry.wrapped !== undefined;
  const field = entry.wrapped ?? entry;
  const value = !optional ? "required" : entry.default === undefined ? "" : `\`${JSON.stringify(entry.default)}\``;
  return [`\`${key}\``, value, expectedOf(field), v.getDescription(field as v.GenericSchema) ?? ""].map(escaped);
}

/** What a field says of a value that none expects. */
function expectedOf(field: v.GenericSchema): string {
  const { issues } = v.safeParse(field, Symbol("none"), { abortEarly: true });
  return issues?.[0].message ?? "any";
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** The README with the table in its place. @throws {Error} if it has no place for one */
export function withOptionsTable(readme: string, table: string): string {
  const [begin, end] = [readme.indexOf(TABLE_BEGIN), readme.indexOf(TABLE_END)];
  if (begin < 0 || end < begin) {
    throw new Error(`Cannot write the table of options as the README has no ${TABLE_BEGIN} … ${TABLE_END}`);
  }
  return `${readme.slice(0, begin)}${TABLE_BEGIN}\n\n${table}\n\n${readme.slice(end)}`;
}

/**
 * Writes the table of `config.ts`'s `schema` into the README of a plugin; nothing where it has neither.
 *
 * @param dir the plugin's folder
 * @returns whether the README was changed
 */
export async function updateReadme(dir: string): Promise<boolean> {
  const [config, readme] = [`${dir}/config.ts`, `${dir}/README.md`];
  const text = await textOf(readme);
  if (text === undefined || !text.includes(TABLE_BEGIN) || await textOf(config) === undefined) return false;
  const { schema } = await import(`file://${config}`);
  if (schema === undefined) throw new Error(`Cannot write the table of options as ${config} does not export schema`);
  const current = withOptionsTable(text, optionsTable(schema));
  if (current === text) return false;
  await Deno.writeTextFile(readme, current);
  return true;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
