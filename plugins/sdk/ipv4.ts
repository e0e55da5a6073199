// IPv4 in plain numbers, by functions that QuickJS has in C: BigInt, which IPv6 needs, takes five times as long, and a
// loop over the characters three times.

/** Texts that were read already: a plugin compares the same few addresses again and again. */
const known = new Map<string, number | undefined>();

/** Whether a text is an address in dotted decimal without leading zeros. */
export function isIpv4(text: string): boolean {
  return readIpv4(text) !== undefined;
}

/** The number of an address; undefined for what is none. */
export function readIpv4(text: string): number | undefined {
  if (known.has(text)) return known.get(text);
  const address = parseIpv4(text);
  known.set(text, address);
  return address;
}

/** As `readIpv4`, and nothing is remembered: for who reads thousands. */
export function parseIpv4(text: string): number | undefined {
  const bytes = text.split(".", 5);
  if (bytes.length !== 4) return undefined;
  const a = +bytes[0]!;
  const b = +bytes[1]!;
  const c = +bytes[2]!;
  const d = +bytes[3]!;
  // What is no byte, or is written in another way, does not come out as it was.
  if (!(a <= 255 && b <= 255 && c <= 255 && d <= 255) || `${a}.${b}.${c}.${d}` !== text || text.includes("-")) {
    return undefined;
  }
  return ((a * 256 + b) * 256 + c) * 256 + d;
}

/** An address in dotted decimal. */
export function writeIpv4(address: number): string {
  return `${address >>> 24}.${address >>> 16 & 255}.${address >>> 8 & 255}.${address & 255}`;
}

/** First and last address of a network, or of an address alone; undefined for any other text. */
export function rangeOfIpv4(cidr: string): [first: number, last: number] | undefined {
  const slash = cidr.indexOf("/");
  const address = readIpv4(slash === -1 ? cidr : cidr.slice(0, slash));
  if (address === undefined || slash === -1) return address === undefined ? undefined : [address, address];
  const bits = Number(cidr.slice(slash + 1));
  if (!(bits >= 0 && bits <= 32)) return undefined;
  const size = 2 ** (32 - bits);
  const first = address - address % size;
  return [first, first + size - 1];
}
