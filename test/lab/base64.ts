// Text as base64 of its UTF-8, which is how JSON has bytes in Protocol Buffers' mapping.

export function encodeBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

export function decodeBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(text));
}
