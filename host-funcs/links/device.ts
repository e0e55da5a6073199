// Finding a link of the host by the device that it belongs to.

import type { Device } from "cnidaria:cni/links@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { formatMac, parseMac } from "../sys/mac_address.ts";
import type { LinkDescription } from "./link_message.ts";
import { listLinks, needLink } from "./look_up.ts";

/** Where the kernel shows each link as a symbolic link to `…/<device>/net/<name>` below /sys/devices. */
const CLASS_FOLDER = "/sys/class/net";
const DEVICES_FOLDER = "/sys/devices/";

/**
 * The link that a device is, or has. Of several that one has, the first by name, as upstream's host-device takes it.
 *
 * @throws {HostCallError} `not-found` where the host has none
 */
export function findDevice(context: HostContext, device: Device): LinkDescription {
  const { tag, val } = device;
  if (tag === "name") return needLink(context, "host", val, "move");
  return deviceAmong(listLinks(context.netlink("host"), "host"), device);
}

/** @param folder in the place of /sys/class/net, for tests */
export function deviceAmong(
  links: readonly LinkDescription[],
  device: Device,
  folder: string = CLASS_FOLDER,
): LinkDescription {
  const [first] = links.filter(condition(device, folder)).toSorted((a, b) => a.name < b.name ? -1 : 1);
  if (first !== undefined) return first;
  const { tag } = device;
  const why = tag === "bus-id"
    ? " (another container may have it, or it is bound to a driver for programs, as vfio-pci for DPDK)"
    : " (another container may have it)";
  throw new HostCallError("not-found", `Cannot find a link of ${describeDevice(device)} on the host${why}`);
}

/** `the device with MAC address 02:…` */
export function describeDevice({ tag, val }: Device): string {
  const nouns = { "name": "", "mac": "with MAC address ", "kernel-path": "at ", "bus-id": "with bus id " };
  return `the device ${nouns[tag]}${val}`;
}

function condition({ tag, val }: Device, folder: string): (link: LinkDescription) => boolean {
  if (tag === "mac") {
    const mac = formatMac(parseMac(val));
    return (link) => link.mac === mac && link.kind !== "loopback";
  }
  if (tag === "kernel-path") {
    const path = val.replace(/\/+$/, "");
    if (!path.startsWith(DEVICES_FOLDER) || /\/\.{0,2}(\/|$)/.test(path)) {
      throw new HostCallError(
        "invalid",
        `Cannot find a device by ${val} as it is no plain path below ${DEVICES_FOLDER}`,
      );
    }
    return ({ name }) => deviceFolder(name, folder) === path;
  }
  if (!/^[\w.:-]+$/.test(val)) {
    throw new HostCallError("invalid", `Cannot find a device by ${JSON.stringify(val)} as it is no id of a bus`);
  }
  // A virtio device is on a bus of its own, below that of PCI.
  return ({ name }) => {
    const parts = deviceFolder(name, folder)?.split("/") ?? [];
    if (parts.at(-1)?.startsWith("virtio")) parts.pop();
    return parts.at(-1) === val;
  };
}

/** The folder of a link's device below /sys/devices; undefined where the kernel shows none. */
function deviceFolder(name: string, folder: string): string | undefined {
  let target: string;
  try {
    target = Deno.readLinkSync(`${folder}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new HostCallError("io", `Cannot find the device of ${name}: ${(error as Error).message}`);
  }
  const [, path] = /^(?:\.\.\/)*(devices\/.*)\/net\/[^/]+$/.exec(target) ?? [];
  return path === undefined ? undefined : `/sys/${path}`;
}
