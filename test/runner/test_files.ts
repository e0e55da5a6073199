// Which files hold tests.

const LEFT_OUT = new Set(["node_modules", "dist", "coverage", ".git", ".cache", "target"]);

/** Paths of all `*_test.ts` below a directory, relative to it and sorted. */
export function testFiles(root: string): string[] {
  const found: string[] = [];
  const visit = (relative: string) => {
    for (const entry of Deno.readDirSync(`${root}/${relative}`)) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory && !LEFT_OUT.has(entry.name)) visit(path);
      else if (entry.isFile && entry.name.endsWith("_test.ts")) found.push(path);
    }
  };
  visit("");
  return found.sort();
}
