// The network configuration on standard input.

import { CniFailure } from "./failure.ts";

/** Bytes. libcni sends some kilobytes; a GC with 10,000 attachments is about 1 MiB. */
export const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/** What `readAll` needs of Deno.stdin. */
export interface SyncReader {
  readSync(buffer: Uint8Array): number | null;
}

/**
 * Reads to the end, and decodes UTF-8.
 *
 * @throws {CniFailure} `io` if it cannot be read or is longer than `MAX_CONFIG_BYTES`, `decoding` if it is not UTF-8
 */
export function readAll(reader: SyncReader): string {
  let buffer: Uint8Array<ArrayBuffer> = new Uint8Array(16 * 1024);
  let length = 0;
  while (true) {
    if (length === buffer.length) {
      const larger = new Uint8Array(buffer.length * 4);
      larger.set(buffer);
      buffer = larger;
    }
    let count: number | null;
    try {
      count = reader.readSync(buffer.subarray(length));
    } catch (error) {
      throw new CniFailure("io", `Cannot read the network configuration from standard input: ${messageOf(error)}`);
    }
    if (count === null) break;
    length += count;
    if (length > MAX_CONFIG_BYTES) {
      throw new CniFailure(
        "io",
        `Cannot read the network configuration as it is too long: more than ${MAX_CONFIG_BYTES} bytes`,
      );
    }
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length));
  } catch {
    throw new CniFailure("decoding", "Cannot decode the network configuration as standard input is not UTF-8");
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
