// The Debian packages that the image is made of: `packages.json` names each with its version and digest, so that the same
// checkout makes the same image wherever it is built. apt fetches them from the machine's own mirrors.

import { lastLine, run } from "../command.ts";
import { digestOfFile } from "../digest.ts";

/** What `packages.json` says. */
export interface PackageList {
  /** The release of Debian. */
  readonly suite: string;
  readonly architecture: string;
  readonly packages: readonly Package[];
}

export interface Package {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the .deb file. */
  readonly sha256: string;
  /** What the image has it for. */
  readonly why: string;
}

export const PACKAGES_FILE = new URL("./packages.json", import.meta.url).pathname;

export async function readPackageList(): Promise<PackageList> {
  return JSON.parse(await Deno.readTextFile(PACKAGES_FILE));
}

/**
 * Fetches what is not in a folder yet.
 *
 * @param folder made if need be
 * @returns paths of the .deb files, in the order of the list
 * @throws {Error} where one cannot be had, or is not what the list says
 */
export async function fetchPackages({ packages, architecture }: PackageList, folder: string): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const { name, version, sha256 } of packages) {
    const path = `${folder}/${name}-${sha256.slice(0, 16)}.deb`;
    if (await digestOfFile(path) !== sha256) {
      const fetched = await download(`${name}:${architecture}=${version}`, folder);
      const digest = await digestOfFile(fetched);
      if (digest !== sha256) {
        await Deno.remove(fetched);
        throw new Error(`Cannot use package ${name} ${version} as its SHA-256 is not ${sha256}: ${digest}`);
      }
      await Deno.rename(fetched, path);
    }
    paths.push(path);
  }
  return paths;
}

/**
 * The same packages as the machine's mirrors have them now.
 *
 * @param folder where they are put
 */
export async function newestPackages(list: PackageList, folder: string): Promise<PackageList> {
  await Deno.mkdir(folder, { recursive: true });
  const packages: Package[] = [];
  for (const { name, why } of list.packages) {
    const path = await download(`${name}:${list.architecture}`, folder);
    const version = (await run("dpkg-deb", ["--field", path, "Version"]))?.output ?? "";
    const sha256 = (await digestOfFile(path))!;
    await Deno.rename(path, `${folder}/${name}-${sha256.slice(0, 16)}.deb`);
    packages.push({ name, version, sha256, why });
  }
  return { ...list, packages };
}

/** @returns path of the file */
async function download(what: string, folder: string): Promise<string> {
  const own = await Deno.makeTempDir({ dir: folder, prefix: ".fetch-" });
  try {
    // As root apt fetches as another user, who could not write here, and says so.
    const root = ["-o", "APT::Sandbox::User=root"];
    const script = 'cd "$0" && exec apt-get "$@"';
    const result = await run("sh", ["-c", script, own, ...root, "--quiet=2", "download", what]);
    const names = [...Deno.readDirSync(own)].map(({ name }) => name).filter((name) => name.endsWith(".deb"));
    if (result?.code === 0 && names.length === 1) {
      await Deno.rename(`${own}/${names[0]}`, `${folder}/${names[0]}`);
      return `${folder}/${names[0]}`;
    }
    throw new Error(
      `Cannot fetch package ${what}: ${lastLine(result?.output ?? "there is no sh")}. Where the mirrors have a newer ` +
        "one, `deno task image --update` takes it into packages.json; snapshot.debian.org has the older ones",
    );
  } finally {
    await Deno.remove(own, { recursive: true });
  }
}
