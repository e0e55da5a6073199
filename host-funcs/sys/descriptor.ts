// Which descriptor of this process is open on a file: Deno does not say.

import { fileIdentity } from "./libc.ts";
import { specialFileIdentity } from "./special_file.ts";

/** Descriptors beyond it are not looked at; a CNI call has some twenty. */
const HIGHEST = 255;

/**
 * The lowest descriptor above standard error that is open on the file.
 *
 * @returns nothing if there is none
 * @throws {KernelError} if the file cannot be looked at
 */
export function descriptorOf(path: string): number | undefined {
  // Opens the file itself, and has closed it again before the search.
  const wanted = specialFileIdentity(path);
  for (let fd = 3; fd <= HIGHEST; fd++) {
    try {
      const { device, inode } = fileIdentity(fd);
      if (`${device}:${inode}` === wanted) return fd;
    } catch {
      // Nothing is open under that number.
    }
  }
}
