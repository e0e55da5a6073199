// Writes a version of the contract into every source that names it, and makes the generated types anew.
//
//   deno run -A host-funcs/wit/set_version.ts VERSION

import { CONTRACT_VERSION } from "./contract.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** What is of the versions before. */
const KEPT = "test/contract/";

/** The text with `to` wherever it names the contract in version `from`. */
export function withVersion(text: string, from: string, to: string): string {
  const named = new RegExp(`(cnidaria:cni(?:/[a-z0-9-]+)?@)${from.replaceAll(".", "\\.")}(?![0-9])`, "g");
  const constant = `export const CONTRACT_VERSION = "${from}";`;
  return text.replaceAll(named, `$1${to}`).replace(constant, constant.replace(from, to));
}

/** Files under version control, by path below the root. */
async function sources(): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command("git", { args: ["ls-files", "-z"], cwd: ROOT }).output();
  if (code !== 0) throw new Error(`Cannot list the sources: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "" && !path.startsWith(KEPT));
}

async function main(to: string | undefined): Promise<void> {
  if (to === undefined || !/^\d+\.\d+\.\d+$/.test(to)) throw new Error("set_version.ts VERSION: as 0.3.0");
  // A branch that is merged later brings older ones: every version that is not `to`.
  const versions = new Set([CONTRACT_VERSION, ...await frozenVersions()]);
  versions.delete(to);
  let changed = 0;
  for (const path of await sources()) {
    const text = await Deno.readTextFile(`${ROOT}${path}`).catch(() => "");
    const now = [...versions].reduce((it, from) => withVersion(it, from, to), text);
    if (now === text) continue;
    await Deno.writeTextFile(`${ROOT}${path}`, now);
    changed++;
  }
  await new Deno.Command(Deno.execPath(), { args: ["run", "-A", `${ROOT}host-funcs/wit/generate_types.ts`] }).spawn()
    .status;
  Deno.stdout.writeSync(new TextEncoder().encode(`cnidaria:cni ${to}: ${changed} files changed\n`));
}

async function frozenVersions(): Promise<string[]> {
  const versions: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${KEPT}`)) if (isDirectory) versions.push(name);
  return versions;
}

if (import.meta.main) await main(Deno.args[0]);
