// What a node with this backend tells the others: Flannel's BackendData.

import { show } from "../sdk/mod.ts";

/** Characters. Flannel's has about 45; what others may have put there is not even parsed beyond this. */
const LONGEST = 512;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

export function writeVtep(vni: number, mac: string): string {
  return JSON.stringify({ VNI: vni, VtepMAC: mac });
}

/** The MAC of a peer's device, in lower case; or why there is none to be used, completing "as …". */
export function readVtep(text: string, vni: number): { mac: string } | string {
  if (text.length > LONGEST) return `its backend data is longer than ${LONGEST} characters`;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return `its backend data is no JSON: ${show(text)}`;
  }
  if (typeof data !== "object" || data === null) return `its backend data is no JSON object: ${show(text)}`;
  const { VNI: theirs, VtepMAC: address } = data as Record<string, unknown>;
  // Flannel before 0.13 did not tell it.
  if (theirs !== undefined && theirs !== vni) return `its VNI is ${show(theirs)}, and this network's is ${vni}`;
  const mac = typeof address === "string" ? address.toLowerCase() : "";
  if (!MAC.test(mac)) return `the VtepMAC in its backend data is no MAC address: ${show(address)}`;
  // The kernel floods to the first what it has no entry for, and to the second what is for many.
  if (mac === "00:00:00:00:00:00" || parseInt(mac[1]!, 16) & 1) {
    return `the VtepMAC in its backend data can be no device's: ${mac}`;
  }
  return { mac };
}
