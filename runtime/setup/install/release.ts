// A release: one version of all that is installed, in a folder named by its content. It is complete before it has its
// name, and never changed after: a call that runs on an earlier release is not disturbed by a new one.
//
//   <prefix>/releases/<id>/bin/entry   what a container runtime executes, where it could be compiled
//   <prefix>/releases/<id>/bin/host    the host: compiled, or a launcher that starts bin/deno with the bundle
//   <prefix>/releases/<id>/lib/cnidaria/{cnidaria.js, chunks/, v8_worker.js, plugins/, lib/, cache/}

import { digestOf, digestOfFile } from "../digest.ts";

/** A file of a release: its path in the release, and where it comes from, or what it says, given the release's folder. */
export interface ReleaseFile {
  readonly path: string;
  readonly source: string | ((folder: string) => string);
  readonly mode: number;
}

/** What of `dist` is installed. Hidden files are the set-up's own. */
export function libraryFiles(dist: string): ReleaseFile[] {
  const files: ReleaseFile[] = [];
  const visit = (folder: string) => {
    for (const entry of Deno.readDirSync(`${dist}/${folder}`)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith(".") || ["bin", "examples", "image", "third-party"].includes(path)) continue;
      if (entry.isDirectory) visit(path);
      else if (entry.isFile) files.push(fileAt(`lib/cnidaria/${path}`, `${dist}/${path}`));
    }
  };
  visit("");
  return files;
}

function fileAt(path: string, source: string): ReleaseFile {
  return { path, source, mode: path.endsWith(".so") ? 0o755 : 0o644 };
}

/**
 * Makes the release of some files, unless it is there; what is missing of one that is there, or was cut short, is made
 * again.
 *
 * @param finish called with a folder that is not in use yet, or of which something was made again
 * @returns its folder
 */
export async function makeRelease(
  prefix: string,
  files: readonly ReleaseFile[],
  finish: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const releases = `${prefix}/releases`;
  await makeFolder(releases);
  await removeStaging(releases);
  const folder = `${releases}/${await releaseId(files, releases)}`;
  if (await exists(folder)) {
    let mended = false;
    for (const file of files) mended = await mend(file, folder) || mended;
    if (mended) await finish(folder);
  } else {
    const staging = await Deno.makeTempDir({ dir: releases, prefix: ".staging-" });
    try {
      for (const file of files) await copyInto(staging, file, folder);
      await finish(staging);
      await Deno.chmod(staging, 0o755);
      await Deno.rename(staging, folder);
    } catch (error) {
      await Deno.remove(staging, { recursive: true });
      throw new Error(`Cannot install as ${(error as Error).message}: ${folder}`);
    }
  }
  // The order of the releases is that of their last installation.
  await Deno.utime(folder, new Date(), new Date());
  return folder;
}

/** Removes all but the two newest: a call may still be running on the one before. */
export async function removeOldReleases(prefix: string): Promise<void> {
  const folders: { path: string; time: number }[] = [];
  for await (const { name } of Deno.readDir(`${prefix}/releases`)) {
    const path = `${prefix}/releases/${name}`;
    folders.push({ path, time: (await Deno.stat(path)).mtime?.getTime() ?? 0 });
  }
  for (const { path } of folders.sort((a, b) => b.time - a.time).slice(2)) await Deno.remove(path, { recursive: true });
}

/** Makes a folder which others may read and enter, whatever the umask. */
export async function makeFolder(path: string): Promise<void> {
  if (await exists(path)) return;
  const parent = path.slice(0, path.lastIndexOf("/"));
  if (parent !== "") await makeFolder(parent);
  await Deno.mkdir(path).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  await Deno.chmod(path, 0o755);
}

/** What an installation left that was killed. Called under the installation's lock: no other one is under way. */
async function removeStaging(releases: string): Promise<void> {
  for (const { name } of [...Deno.readDirSync(releases)]) {
    if (name.startsWith(".staging-")) await Deno.remove(`${releases}/${name}`, { recursive: true });
  }
}

/**
 * Puts a file of a release in place again, by rename(2), if it is missing or has another length. What is compiled for this
 * processor has the length that it has.
 *
 * @returns whether it was
 */
async function mend(file: ReleaseFile, folder: string): Promise<boolean> {
  const path = `${folder}/${file.path}`;
  const { source } = file;
  const size = typeof source === "string"
    ? (await Deno.stat(source)).size
    : new TextEncoder().encode(source(folder)).length;
  const isCompiled = file.path.startsWith("lib/cnidaria/cache/");
  const isWhole = (info: Deno.FileInfo) => info.isFile && (info.size === size || isCompiled && info.size > 0);
  if (await Deno.stat(path).then(isWhole, () => false)) return false;
  const temporary = `${file.path}.new`;
  await copyInto(folder, { ...file, path: temporary }, folder);
  await Deno.rename(`${folder}/${temporary}`, path);
  return true;
}

async function releaseId(files: readonly ReleaseFile[], releases: string): Promise<string> {
  const digest = (source: ReleaseFile["source"]) =>
    typeof source === "string" ? digestOfFile(source) : digestOf(new TextEncoder().encode(source(releases)));
  const lines = await Promise.all(files.map(async ({ path, source }) => `${path} ${await digest(source)}`));
  return (await digestOf(new TextEncoder().encode(lines.sort().join("\n")))).slice(0, 16);
}

async function copyInto(staging: string, { path, source, mode }: ReleaseFile, folder: string): Promise<void> {
  const target = `${staging}/${path}`;
  await makeFolder(target.slice(0, target.lastIndexOf("/")));
  if (typeof source === "string") await Deno.copyFile(source, target);
  else await Deno.writeTextFile(target, source(folder));
  // On the disk before the release has its name: a node that loses power must not find an empty library under it.
  using written = await Deno.open(target, { write: true });
  await written.sync();
  await Deno.chmod(target, mode);
  if (Deno.uid() === 0) await Deno.chown(target, 0, 0);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
