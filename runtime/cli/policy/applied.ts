// What `cnidaria policy apply` has last brought in force, in a file: so that the next one changes what differs, and no more.
// Whether it is in force still is for the kernel to say.

import type { TableContent } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import { writeAtomically } from "../../atomic_file.ts";
import { fromJson, toJson } from "../../policy/ruleset_json.ts";

const FILE = "applied_policies.json";

/** Undefined where nothing was applied, or the file is of no use. @param stateDir see `paths.ts` */
export function readApplied(stateDir: string): TableContent | undefined {
  try {
    return fromJson(JSON.parse(Deno.readTextFileSync(`${stateDir}/${FILE}`)));
  } catch {
    return undefined;
  }
}

/** @throws {Error} a sentence */
export async function writeApplied(stateDir: string, content: TableContent): Promise<void> {
  Deno.mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  await writeAtomically(`${stateDir}/${FILE}`, JSON.stringify(toJson(content)), 0o600);
}

export function removeApplied(stateDir: string): void {
  try {
    Deno.removeSync(`${stateDir}/${FILE}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
