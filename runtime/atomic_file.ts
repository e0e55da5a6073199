// Files that other processes may be running or reading while they are replaced: they see the old one or the new one.

/**
 * Puts a file in place by rename(2): no reader ever sees half of it, and a process that runs the old one keeps it.
 *
 * @param mode the file's permission bits, whatever the umask
 */
export async function writeAtomically(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const temporary = temporaryNameFor(path);
  try {
    await Deno.writeFile(temporary, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, {
      createNew: true,
      mode: 0o600,
    });
    await Deno.chmod(temporary, mode);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw new Error(`Cannot write file as ${(error as Error).message}: ${path}`);
  }
}

/** Makes a symbolic link, or turns an existing one to another target, by rename(2). */
export async function linkAtomically(target: string, path: string): Promise<void> {
  const temporary = temporaryNameFor(path);
  try {
    await Deno.symlink(target, temporary);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw new Error(`Cannot make symbolic link as ${(error as Error).message}: ${path}`);
  }
}

/** In the same folder, since rename(2) does not cross file systems; hidden, since CNI runtimes list their bin folder. */
function temporaryNameFor(path: string): string {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.${crypto.randomUUID().slice(0, 8)}`;
}
