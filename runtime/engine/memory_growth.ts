// A memory that may not grow any more answers -1, and neither engine tells the host. An allocator in the component then
// fails in its own way, most often by `unreachable`, and nobody knows why. So a component is changed before it is
// compiled: each `memory.grow` becomes a call of a function which traps where growth is denied. Its name in the
// backtrace tells the host.

import { MEMORY_GROW, skipInstruction } from "./binary/instructions.ts";
import { concat, isComponent, leb, MalformedBinary, Reader, section } from "./binary/reader.ts";
import { ADDRESS64, countFunctionTypes, skipLimits, skipValueType } from "./binary/types.ts";

/** Name of the function that traps: in the backtrace of either engine. */
export const DENIED_GROWTH = "cnidaria_memory_limit_reached";

/** Sections of a component that hold modules or components. */
const CORE_MODULE = 1;
const COMPONENT = 4;
/** Sections of a module. */
const CUSTOM = 0;
const TYPES = 1;
const IMPORTS = 2;
const FUNCTIONS = 3;
const MEMORIES = 5;
const CODE = 10;
const FUNCTION_NAMES = 1;
/** `(func (param i32) (result i32))` */
const GROW_TYPE = Uint8Array.of(0x60, 1, 0x7f, 1, 0x7f);
/** No locals; local.get 0, memory.grow 0, local.tee 0, i32.const -1, i32.eq, if unreachable end, local.get 0. */
const GROW_BODY = Uint8Array.of(
  ...[0, 0x20, 0, MEMORY_GROW, 0, 0x22, 0, 0x41, 0x7f, 0x46, 0x04, 0x40, 0x00, 0x0b, 0x20, 0, 0x0b],
);

/**
 * A component that traps where its memory may not grow. A core module that has instructions unknown here stays as it is:
 * it is limited as well, only its end will look like any other trap. Bytes that are no component stay as they are.
 */
export function trapOnDeniedGrowth(component: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (!isComponent(component)) return component;
  try {
    return changeComponent(component);
  } catch (error) {
    if (error instanceof MalformedBinary) return component;
    throw error;
  }
}

function changeComponent(component: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [component.subarray(0, 8)];
  for (const { id, start, content } of new Reader(component).sections()) {
    const bytes = component.subarray(content.at, content.end);
    if (id === CORE_MODULE) parts.push(section(id, [changeModuleOrKeep(bytes)]));
    else if (id === COMPONENT) parts.push(section(id, [changeComponent(bytes)]));
    else parts.push(component.subarray(start, content.end));
  }
  return concat(parts);
}

function changeModuleOrKeep(module: Uint8Array<ArrayBuffer>): Uint8Array {
  try {
    return changeModule(module) ?? module;
  } catch (error) {
    if (error instanceof MalformedBinary) return module;
    throw error;
  }
}

/** The module changed; undefined where it never grows a memory. */
function changeModule(module: Uint8Array<ArrayBuffer>): Uint8Array | undefined {
  const parts: Uint8Array[] = [module.subarray(0, 8)];
  let type = 0;
  let importedFunctions = 0;
  let grow = 0;
  let grows = false;
  for (const { id, start, content } of new Reader(module).sections()) {
    const whole = module.subarray(start, content.end);
    switch (id) {
      case CUSTOM:
        // Hints by code offset would be wrong now.
        if (!new Reader(module, content.at, content.end).text().startsWith("metadata.code.")) parts.push(whole);
        break;
      case TYPES:
        type = countFunctionTypes(new Reader(module, content.at, content.end));
        parts.push(append(id, content, GROW_TYPE));
        break;
      case IMPORTS:
        importedFunctions = countImportedFunctions(content);
        parts.push(whole);
        break;
      case FUNCTIONS:
        grow = importedFunctions + new Reader(module, content.at).u32();
        parts.push(append(id, content, leb(type)));
        break;
      case MEMORIES:
        refuseMemory64(new Reader(module, content.at, content.end));
        parts.push(whole);
        break;
      case CODE: {
        const changed = changeCode(content, grow);
        if (changed === undefined) return undefined;
        grows = true;
        parts.push(section(id, changed));
        break;
      }
      default:
        parts.push(whole);
    }
  }
  return grows ? concat([...parts.slice(0, 1), ...withName(parts.slice(1), grow)]) : undefined;
}

/** Function bodies with calls in place of `memory.grow`, and the function that they call; undefined where there is none. */
function changeCode(code: Reader, grow: number): Uint8Array[] | undefined {
  const count = code.u32();
  const call = concat([Uint8Array.of(0x10), leb(grow)]);
  const parts: Uint8Array[] = [leb(count + 1)];
  let found = false;
  for (let i = 0; i < count; i++) {
    const size = code.u32();
    const body = new Reader(code.bytes, code.at, code.at + size);
    code.skip(size);
    const pieces = changeBody(body, call);
    found ||= pieces.length > 1;
    parts.push(leb(pieces.reduce((sum, piece) => sum + piece.length, 0)), ...pieces);
  }
  parts.push(leb(GROW_BODY.length), GROW_BODY);
  return found ? parts : undefined;
}

function changeBody(body: Reader, call: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = body.at;
  for (let left = body.u32(); left > 0; left--) {
    body.skipLeb();
    skipValueType(body);
  }
  while (!body.atEnd) {
    const at = body.at;
    if (skipInstruction(body) !== MEMORY_GROW) continue;
    if (body.bytes[at + 1] !== 0) throw new MalformedBinary("more than one memory");
    pieces.push(body.bytes.subarray(from, at), call);
    from = body.at;
  }
  pieces.push(body.bytes.subarray(from, body.end));
  return pieces;
}

/** A section that is a vector, with one more element. */
function append(id: number, content: Reader, element: Uint8Array): Uint8Array {
  const vector = new Reader(content.bytes, content.at, content.end);
  const count = vector.u32();
  return section(id, [leb(count + 1), content.bytes.subarray(vector.at, content.end), element]);
}

/** Names the function, in a name section before one that may be there: V8 reads only the first. */
function withName(parts: Uint8Array[], grow: number): Uint8Array[] {
  const text = (value: string) => concat([leb(value.length), new TextEncoder().encode(value)]);
  const names = section(FUNCTION_NAMES, [leb(1), leb(grow), text(DENIED_GROWTH)]);
  const ours = section(CUSTOM, [text("name"), names]);
  const at = parts.findIndex((part) => part[0] === CUSTOM && isNamed(part, "name"));
  return at === -1 ? [...parts, ours] : [...parts.slice(0, at), ours, ...parts.slice(at)];
}

function isNamed(custom: Uint8Array, name: string): boolean {
  const reader = new Reader(custom, 1);
  reader.skipLeb();
  return reader.text() === name;
}

function countImportedFunctions(imports: Reader): number {
  let functions = 0;
  const reader = new Reader(imports.bytes, imports.at, imports.end);
  for (let left = reader.u32(); left > 0; left--) {
    reader.text();
    reader.text();
    switch (reader.byte()) {
      case 0:
        functions++;
        reader.skipLeb();
        break;
      case 1:
        skipValueType(reader);
        skipLimits(reader);
        break;
      case 2:
        if (skipLimits(reader) & ADDRESS64) throw new MalformedBinary("a memory of 64 bit addresses");
        break;
      case 3:
        skipValueType(reader);
        reader.skip(1);
        break;
      default:
        throw new MalformedBinary("an import that is not known here");
    }
  }
  return functions;
}

function refuseMemory64(memories: Reader): void {
  for (let left = memories.u32(); left > 0; left--) {
    if (skipLimits(memories) & ADDRESS64) throw new MalformedBinary("a memory of 64 bit addresses");
  }
}
