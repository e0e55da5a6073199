// Native memory by address. libwasmtime builds and frees values; the codec reads and writes their fields in place.

/** A C pointer as a number; user-space addresses have at most 47 bits. */
export type Address = number;

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();
const MAX_LATIN_FAST = 24;

/** A view of `length` bytes at `address`; they stay owned by whoever owns them. */
export function viewAt(address: Address, length: number): DataView {
  const pointer = Deno.UnsafePointer.create(BigInt(address))!;
  return new DataView(Deno.UnsafePointerView.getArrayBuffer(pointer, length));
}

/** Copies bytes out. */
export function bytesAt(address: Address, length: number): Uint8Array {
  if (length === 0) return new Uint8Array(0);
  const pointer = Deno.UnsafePointer.create(BigInt(address))!;
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, length)).slice();
}

/** Decodes UTF-8. */
export function textAt(address: Address, length: number): string {
  if (length === 0) return "";
  const pointer = Deno.UnsafePointer.create(BigInt(address))!;
  const bytes = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, length));
  if (length <= MAX_LATIN_FAST) {
    let text = "";
    for (let i = 0; i < length; i++) {
      const byte = bytes[i]!;
      if (byte > 0x7f) return decoder.decode(bytes);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decoder.decode(bytes);
}

/** Encodes UTF-8; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** UTF-8 with a NUL at its end, for C. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return utf8(text + "\0");
}

/**
 * Memory of our own that native code may keep and that never moves: a typed array of 64 bytes or less can lie on the
 * JavaScript heap, where a collection moves it.
 */
export class Block {
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly address: Address;

  constructor(size: number) {
    this.buffer = new Uint8Array(Math.max(size, 256));
    this.view = new DataView(this.buffer.buffer);
    this.address = Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.buffer)));
  }

  /** The pointer that a C function stored at `offset`. */
  pointer(offset = 0): Deno.PointerValue {
    return Deno.UnsafePointer.create(this.view.getBigUint64(offset, true));
  }
}
