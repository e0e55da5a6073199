// The functions of the contract, read from the .wit files: `links.createVeth`, `config-files.resolvConf`.

const WIT = new URL("../../../../host-funcs/wit/", import.meta.url);

/** Functions of the interfaces that world `all` imports, which is to say all that a component can call. */
export async function contractFunctions(): Promise<string[]> {
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(WIT)) {
    if (name.endsWith(".wit")) texts.push(await Deno.readTextFile(new URL(name, WIT)));
  }
  const text = texts.join("\n").replaceAll(/\/\/.*$/gm, "");
  const world = blockOf(text, "world all");
  const imported = [...world.matchAll(/import ([\w-]+);/g)].map(([, name]) => name!);
  return imported.flatMap((name) => {
    const functions = [...blockOf(text, `interface ${name}`).matchAll(/^\s*%?([\w-]+):\s*(?:async\s+)?func\b/gm)];
    return functions.map(([, each]) => `${name}.${each!.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase())}`);
  });
}

/** What is between the braces after a heading. */
function blockOf(text: string, heading: string): string {
  const start = text.search(new RegExp(`\\b${heading}\\s*\\{`));
  if (start < 0) throw new Error(`Cannot read the contract as it has no ${heading}`);
  let depth = 0;
  for (let at = text.indexOf("{", start); at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return text.slice(start, at);
  }
  throw new Error(`Cannot read the contract as ${heading} does not end`);
}
