// Where a plugin's build goes.

const ROOT = new URL("../../../", import.meta.url).pathname;

/**
 * The folder of the build of the plugin in `dir`: of one that comes with cnidaria, below `dist/plugins`; of an example,
 * below `dist/examples`, so that it is not installed; of any other, its own `dist`.
 */
export async function outputOf(dir: string): Promise<string> {
  const path = await Deno.realPath(dir);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (path === `${ROOT}plugins/${name}`) return `${ROOT}dist/plugins/${name}`;
  if (path === `${ROOT}examples/${name}`) return `${ROOT}dist/examples/${name}`;
  return `${path}/dist`;
}
