// IPv4 in plain numbers, by functions that QuickJS has in C: BigInt, which IPv6 needs, takes five times as long, and a
// loop over the characters three times.

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Whether a text is an address in dotted decimal without leading zeros. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** The number of an address; undefined for what is none. */
export function readIpv4(text: string): number | undefined {
  if (!IPV4.test(text)) return undefined;
  const bytes = text.split(".");
  return ((+bytes[0]! * 256 + +bytes[1]!) * 256 + +bytes[2]!) * 256 + +bytes[3]!;
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
