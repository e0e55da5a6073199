// The order of addresses as numbers, as text that sorts like them.

import { parseAddress } from "../../host-funcs/ip_number.ts";

/** IPv4 before IPv6; what is no address comes first. @param address with prefix length or without */
export function addressOrder(address: string): string {
  const parsed = parseAddress(address.replace(/\/.*/, ""));
  return parsed === undefined ? "" : `${parsed.family} ${parsed.number.toString(16).padStart(32, "0")}`;
}
