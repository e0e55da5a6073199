// What an attachment could leave behind in this network namespace and in the program's state.

import { DatabaseSync } from "node:sqlite";

/** Names of network interfaces of this namespace, from sysfs's text form. */
export function links(): string[] {
  return Deno.readTextFileSync("/proc/self/net/dev").split("\n").slice(2)
    .map((line) => line.split(":")[0]!.trim()).filter((name) => name !== "").sort();
}

/** Rows of a table of the state database. */
export function rows(stateDir: string, table: "leases" | "attachments" | "firewall_elements"): number {
  const database = new DatabaseSync(`${stateDir}/cnidaria.db`, { readOnly: true });
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!["n"]);
  } finally {
    database.close();
  }
}

/** Entries of the journal folder. */
export function journals(stateDir: string): string[] {
  return [...Deno.readDirSync(`${stateDir}/journal`)].map(({ name }) => name);
}
