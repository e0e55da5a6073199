// What a version of the contract declares, as texts that can be compared: comments and spaces do not count.

/** Declarations by `interface links: record link`; `use` is none. */
export async function declarations(folder: string): Promise<Map<string, string>> {
  const items = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".wit")) continue;
    const text = (await Deno.readTextFile(`${folder}/${name}`)).replaceAll(/\/\/.*$/gm, "").replaceAll(/\s+/g, " ");
    for (const [, interfaceName, start] of matches(text, /interface ([\w-]+) \{/g)) {
      for (const item of itemsOf(blockAt(text, start))) {
        if (!item.startsWith("use ")) items.set(`interface ${interfaceName}: ${keyOf(item)}`, item);
      }
    }
  }
  return items;
}

/** Each match with its first group, and the place behind it. */
function matches(text: string, pattern: RegExp): [string, string, number][] {
  return [...text.matchAll(pattern)].map((match) => [match[0], match[1]!, match.index + match[0].length]);
}

/** From behind an opening brace to before its closing one. */
function blockAt(text: string, start: number): string {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return text.slice(start, at);
  }
  throw new Error(`Cannot read the contract as an interface does not end: ${text.slice(start, start + 40)}`);
}

/** Each ends with a semicolon, or with its closing brace. */
function itemsOf(block: string): string[] {
  const items: string[] = [];
  let [depth, from] = [0, 0];
  for (let at = 0; at < block.length; at++) {
    if (block[at] === "{") depth++;
    if (block[at] === "}") depth--;
    if (depth > 0 || !/[;}]/.test(block[at]!) || block[at + 1] === ";") continue;
    items.push(block.slice(from, at + 1).trim());
    from = at + 1;
  }
  return items;
}

/** `record link`, `get: func` */
function keyOf(item: string): string {
  const head = /^(%?[\w-]+: func|[\w-]+ %?[\w-]+)/.exec(item)?.[1];
  if (head === undefined) throw new Error(`Cannot read the contract as this declares nothing: ${item}`);
  return head;
}
