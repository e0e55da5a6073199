// The names that a component imports, read from its binary (Component Model, Binary.md).

import { isComponent, MalformedBinary, Reader } from "../binary/reader.ts";

const IMPORT_SECTION = 10;
/** externdesc: core module, func, value, type, component, instance. */
const CORE_MODULE = 0x00;
const VALUE = 0x02;
const TYPE = 0x03;
/** A name that has options after it. */
const WITH_OPTIONS = 0x02;

/**
 * The imports of a component, sorted.
 *
 * @throws {MalformedBinary} if the bytes are no component
 */
export function componentImports(bytes: Uint8Array): string[] {
  if (!isComponent(bytes)) throw new MalformedBinary("it is no component: wrong magic number, version or layer");
  const names: string[] = [];
  for (const { id, content } of new Reader(bytes).sections()) {
    if (id !== IMPORT_SECTION) continue;
    for (let left = content.u32(); left > 0; left--) names.push(importName(content));
  }
  return names.sort();
}

function importName(reader: Reader): string {
  const form = reader.byte();
  const name = reader.text();
  if (form === WITH_OPTIONS) throw new MalformedBinary(`import ${name} has options that are not known here`);
  const kind = reader.byte();
  if (kind === VALUE) throw new MalformedBinary(`import ${name} is a value`);
  if (kind === CORE_MODULE) reader.byte();
  // An abstract type has no index.
  if (kind === TYPE && reader.byte() === 0x01) return name;
  reader.u32();
  return name;
}
