// SHA-256 of files and of trees: what tells whether a step of the set-up has anything to do.

/** SHA-256 of bytes, hexadecimal. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** SHA-256 of a file's bytes, hexadecimal; undefined where there is no such file. */
export async function digestOfFile(path: string): Promise<string | undefined> {
  try {
    return await digestOf(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * One digest over the names and bytes of files below some paths, in the order of their names.
 *
 * @param roots files or folders; one that does not exist counts as empty
 * @param counts whether a file counts, by its path
 */
export async function digestOfTrees(roots: readonly string[], counts: (path: string) => boolean): Promise<string> {
  const files = (await Promise.all(roots.map((root) => filesBelow(root)))).flat().filter(counts).sort();
  const lines: string[] = [];
  for (const path of files) lines.push(`${path} ${await digestOfFile(path)}`);
  return await digestOf(new TextEncoder().encode(lines.join("\n")));
}

async function filesBelow(path: string): Promise<string[]> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  if (info.isFile) return [path];
  const found: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    if (entry.isSymlink) continue;
    found.push(...await filesBelow(`${path}/${entry.name}`));
  }
  return found;
}
