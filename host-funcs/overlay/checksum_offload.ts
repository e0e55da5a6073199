// Whether a device leaves UDP checksums to hardware below it. On VXLAN devices some kernels get them wrong, and a
// connection then stands still for a minute (kubernetes#88986, flannel#1282). By ioctl, SIOCETHTOOL.
// Source: include/uapi/linux/ethtool.h (struct ethtool_value), netdevice(7) (struct ifreq).

import { ENODEV, EOPNOTSUPP, hostCallError, isErrno } from "../sys/errno.ts";
import { checked, closeFile } from "../sys/libc.ts";
import type { NetworkNamespace } from "../sys/namespace.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCETHTOOL = 0x8946n;
const ETHTOOL_GTXCSUM = 0x16;
const ETHTOOL_STXCSUM = 0x17;
const IFNAMSIZ = 16;

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
});

/** What the overlay asks of it: tests put something else in its place. */
export type OffloadSwitch = Pick<ChecksumOffload, "get" | "set">;

export class ChecksumOffload {
  #fd: number;

  /** @throws {HostCallError} if the namespace can't be entered */
  constructor(namespace: NetworkNamespace) {
    this.#fd = namespace.openSocket(AF_INET, SOCK_DGRAM, 0);
  }

  /**
   * Whether checksums of sent packets are left to the hardware; undefined where there is no such device, or the kernel
   * cannot tell.
   *
   * @throws {HostCallError}
   */
  get(link: string): boolean | undefined {
    try {
      return this.#call(link, ETHTOOL_GTXCSUM, 0) !== 0;
    } catch (error) {
      if (isErrno(error, EOPNOTSUPP, ENODEV)) return undefined;
      throw hostCallError(`read the checksum offload of ${link}`, error);
    }
  }

  /** @throws {HostCallError} `unsupported` where the device cannot do it in another way */
  set(link: string, on: boolean): void {
    try {
      this.#call(link, ETHTOOL_STXCSUM, on ? 1 : 0);
    } catch (error) {
      throw hostCallError(`switch the checksum offload of ${link} ${on ? "on" : "off"}`, error);
    }
  }

  close(): void {
    if (this.#fd >= 0) closeFile(this.#fd);
    this.#fd = -1;
  }

  #call(link: string, command: number, value: number): number {
    const argument = new Uint32Array(32);
    argument.set([command, value]);
    const request = new Uint8Array(128);
    new TextEncoder().encodeInto(link, request.subarray(0, IFNAMSIZ - 1));
    const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(argument));
    new DataView(request.buffer).setBigUint64(IFNAMSIZ, address, true);
    checked(libc.ioctl(this.#fd, SIOCETHTOOL, request));
    return argument[1]!;
  }
}
