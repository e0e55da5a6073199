// The image's root file system for tests, of packages that the runner has fetched: tests have no network.

import { fetchPackages, readPackageList } from "../../runtime/setup/image/packages.ts";
import { PACKAGE_CACHE } from "../../runtime/setup/image/main.ts";
import { makeRootFs } from "../../runtime/setup/image/root_fs.ts";
import { ociRuntime } from "../lab/oci_bundle.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** @returns why the packages cannot be had; undefined where they are there */
export async function fetchImagePackages(): Promise<string | undefined> {
  try {
    await fetchPackages(await readPackageList(), PACKAGE_CACHE);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Why the image cannot be run here; undefined where it can. */
export async function imageMissing(): Promise<string | undefined> {
  if (Deno.build.arch !== "x86_64") return "needs x86-64, which the image is for";
  if (ociRuntime() === undefined) return "needs crun or runc";
  const { packages } = await readPackageList();
  for (const { name, sha256 } of packages) {
    const there = await Deno.stat(`${PACKAGE_CACHE}/${name}-${sha256.slice(0, 16)}.deb`).then(() => true, () => false);
    if (!there) return `needs Debian's package ${name}, which the runner fetches by apt`;
  }
  return await Deno.stat(`${root}/dist/bin/entry`).then(() => undefined, () => "needs the native entry");
}

/** Makes it. @param into a folder that is not there */
export async function imageRootFs(into: string): Promise<void> {
  const packages = await fetchPackages(await readPackageList(), PACKAGE_CACHE);
  await makeRootFs({ dist: `${root}/dist`, deno: Deno.execPath(), packages }, into);
}
