// Names of files that belong to an attachment.

/**
 * A name for a file, from what it belongs to: 32 hexadecimal digits (FNV-1a of 64 bits, twice). No secret, and no
 * protection against someone who wants two to meet: who reads such a file looks at what it says it belongs to.
 */
export function fileNameOf(parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join("");
  return fnv1a(text, 0xcbf29ce484222325n) + fnv1a(text, 0x84222325cbf29ce4n);
}

function fnv1a(text: string, basis: bigint): string {
  let hash = basis;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
