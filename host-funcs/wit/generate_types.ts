// Makes host-funcs/wit/generated from the WIT: ambient modules (`cnidaria:cni/links@0.3.0`, …) that host functions and
// plugins take their types from.
//
//   deno run -A host-funcs/wit/generate_types.ts           writes them
//   deno run -A host-funcs/wit/generate_types.ts --check   exits with 1 where the written ones are not current

import { types } from "@bytecodealliance/jco";

const WIT = new URL("./", import.meta.url);
const GENERATED = new URL("./generated/", import.meta.url);

/** What the generated folder must hold: text by path below it. */
export async function generateTypes(): Promise<Map<string, string>> {
  const made = await types(WIT.pathname, { worldName: "all", guest: true });
  const entries: [string, Uint8Array | string][] = Array.isArray(made) ? made : Object.entries(made);
  return new Map(
    entries.map(([path, text]) => [path, typeof text === "string" ? text : new TextDecoder().decode(text)]),
  );
}

/** The generated files whose text is not as `generateTypes` makes it, those that are missing or too many included. */
export async function staleTypes(made?: ReadonlyMap<string, string>, folder: URL = GENERATED): Promise<string[]> {
  const wanted = made ?? await generateTypes();
  const written = await filesBelow(folder);
  const stale = [...wanted].filter(([path, text]) => written.get(path) !== text).map(([path]) => path);
  return [...stale, ...[...written.keys()].filter((path) => !wanted.has(path))].sort();
}

async function filesBelow(folder: URL, prefix = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) {
      const inner = await filesBelow(new URL(`${entry.name}/`, folder), `${prefix}${entry.name}/`);
      for (const [path, text] of inner) files.set(path, text);
    } else {
      files.set(prefix + entry.name, await Deno.readTextFile(new URL(entry.name, folder)));
    }
  }
  return files;
}

async function writeTypes(): Promise<void> {
  const made = await generateTypes();
  for (const path of await staleTypes(made)) {
    const file = new URL(path, GENERATED);
    const text = made.get(path);
    if (text === undefined) {
      await Deno.remove(file);
    } else {
      await Deno.mkdir(new URL("./", file), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
  }
}

if (import.meta.main) {
  if (Deno.args.includes("--check")) {
    const stale = await staleTypes();
    if (stale.length > 0) {
      const say = `Generated types are not current: ${
        stale.join(", ")
      }.\nRun: deno run -A host-funcs/wit/generate_types.ts\n`;
      Deno.stderr.writeSync(new TextEncoder().encode(say));
      Deno.exit(1);
    }
  } else {
    await writeTypes();
  }
}
