// Networks for generated policies: from everything down to one pod's address, on both nodes and outside.

import * as fc from "fast-check";
import { isIn } from "./matches.ts";

const IPV4 = [
  "0.0.0.0/0",
  "10.0.0.0/8",
  "10.0.0.0/14",
  "10.1.0.0/24",
  "10.2.0.0/24",
  "10.1.0.16/30",
  "10.1.0.16/31",
  "10.1.0.17/32",
  "10.1.0.24/31",
  "10.2.0.16/31",
  "10.2.0.24/32",
  "192.0.2.0/24",
  "192.0.2.4/30",
  "198.51.100.9/32",
];
const IPV6 = [
  "::/0",
  "fd00::/16",
  "fd00:1::/64",
  "fd00:2::/64",
  "fd00:1::10/126",
  "fd00:1::10/127",
  "fd00:1::11/128",
  "fd00:1::18/127",
  "fd00:2::10/127",
  "fd00:2::18/128",
  "2001:db8::/32",
  "2001:db8:2::/64",
  "2001:db8:ffff::9/128",
];
const ALL = [...IPV4, ...IPV6];

export const networks: fc.Arbitrary<string> = fc.constantFrom(...ALL);

/** Those that are a part of a network, and not all of it. */
export function strictlyIn(cidr: string): string[] {
  const length = (text: string) => Number(text.split("/")[1]);
  return ALL.filter((it) => length(it) > length(cidr) && isIn(it.split("/")[0]!, cidr));
}
