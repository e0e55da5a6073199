// Which kernels get the checksums of a tunnel's packets wrong where those are translated: before Linux 5.7, whose commit
// ea64d8d6c675 ("netfilter: nat: never update the UDP checksum when it's 0") mends it. Some distributions have it in older
// kernels as well, which their version does not tell.

import { readSpecialFile } from "../sys/special_file.ts";

const [MENDED_MAJOR, MENDED_MINOR] = [5, 7];

/** @param release as uname(2) has it: `6.1.0-25-amd64`; else this kernel's */
export function hasChecksumBug(release = readSpecialFile("/proc/sys/kernel/osrelease")): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) < MENDED_MAJOR || (Number(major) === MENDED_MAJOR && Number(minor) < MENDED_MINOR);
}
