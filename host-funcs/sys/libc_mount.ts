// What making and removing namespaces needs of the C library. No CNI call does: tests, the demo and the lab do.

import { checked, cString } from "./libc.ts";

const { symbols: { unshare: unshareSymbol, mount, umount2 } } = Deno.dlopen("libc.so.6", {
  unshare: { parameters: ["i32"], result: "i32" },
  mount: { parameters: ["buffer", "buffer", "buffer", "usize", "pointer"], result: "i32" },
  umount2: { parameters: ["buffer", "i32"], result: "i32" },
});

const MS_BIND = 0x1000n;
const MNT_DETACH = 2;

/**
 * unshare(2): this thread alone leaves the namespaces that `flags` name.
 *
 * @throws {KernelError}
 */
export function unshare(flags: number): void {
  checked(unshareSymbol(flags));
}

/**
 * Makes the file `source` appear at the existing file `target` as well.
 *
 * @throws {KernelError}
 */
export function bindMount(source: string, target: string): void {
  checked(mount(cString(source), cString(target), cString("none"), MS_BIND, null));
}

/** @throws {KernelError} */
export function detachMount(target: string): void {
  checked(umount2(cString(target), MNT_DETACH));
}
