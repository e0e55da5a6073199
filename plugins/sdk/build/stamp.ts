// What a build was made from, as one digest: the plugin's folder, the SDK, the contract and the versions of the tools.

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Folders that make no difference: what tests use, what new plugins begin with, and what was made. */
const LEFT_OUT = ["testing", "__snapshots__", "templates", "dist", "target", "node_modules"];

/** SHA-256 of the inputs of a plugin's build, hexadecimal. Tests and READMEs don't count. */
export async function inputsDigest(sourceDir: string): Promise<string> {
  const files = [
    ...await sourcesIn(sourceDir),
    ...await sourcesIn(`${ROOT}plugins/sdk`),
    ...await sourcesIn(`${ROOT}host-funcs/wit`),
    ...await sourcesIn(`${ROOT}runtime/engine/v8`),
    `${ROOT}deno.json`,
  ];
  const lines: string[] = [];
  for (const path of files.sort()) lines.push(`${path} ${await sha256(await Deno.readFile(path))}`);
  return await sha256(new TextEncoder().encode(lines.join("\n")));
}

/** SHA-256, hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function sourcesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory && !LEFT_OUT.includes(entry.name)) found.push(...await sourcesIn(path));
      if (entry.isFile && isSource(entry.name)) found.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

/** Tests, and what they read, make no difference to a component. */
function isSource(name: string): boolean {
  return /\.(tsx?|m?js|json|txt|wit|rs|toml|lock)$/.test(name) && !/(_test\.ts|^recording.*\.json)$/.test(name);
}
