// What a node needs for itself: its device, that device's addresses, and its checksums. Examined, and made right.

import type { VxlanDevice } from "cnidaria:cni/controller@0.3.0";
import { addressMessage, IFA_F_NODAD, RTM_DELADDR, RTM_NEWADDR } from "../addresses/address_message.ts";
import { EADDRNOTAVAIL, EEXIST, hostCallError, isErrno } from "../sys/errno.ts";
import { AF_INET6, formatAddress, parseCidr } from "../sys/ip_address.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import type { OffloadSwitch } from "./checksum_offload.ts";
import { examineDevice, repairDevice } from "./device.ts";
import type { Difference } from "./difference.ts";
import { type LinkNames, readAddresses } from "./kernel.ts";
import type { Report } from "./report.ts";
import type { Scope } from "./scope.ts";

export interface NodeState extends Scope {
  /** Index of the device, once it has been there. */
  index?: number;
}

/** What is wrong. @throws {KernelError} if the kernel cannot be asked */
export function compareNode(
  netlink: RouteNetlink,
  links: LinkNames,
  { needs: { device, addresses }, index }: NodeState,
  offload: OffloadSwitch | undefined,
): Difference[] {
  if (device === undefined) return [];
  const what = `the VXLAN device ${device.name}`;
  let finding;
  try {
    finding = examineDevice(links, device, index);
  } catch (error) {
    return [{ state: "missing", kind: "device", what, found: (error as Error).message }];
  }
  const { link, wrong } = finding;
  const differences: Difference[] = [];
  if (link === undefined) differences.push({ state: "missing", kind: "device", what });
  else if (wrong.length > 0) differences.push({ state: "different", kind: "device", what, found: wrong.join(", ") });
  if (link && offload?.get(link.name) === true) {
    const found = "it is on, which makes connections stand still on some kernels";
    differences.push({
      state: "different",
      kind: "checksum-offload",
      what: `the checksum offload of ${link.name}`,
      found,
    });
  }
  const { missing, foreign } = addressDifferences(link ? readAddresses(netlink, link) : [], addresses);
  for (const [state, cidrs] of [["missing", missing], ["foreign", foreign]] as const) {
    for (const cidr of cidrs) {
      differences.push({ state, kind: "address", what: `the address ${cidr} of ${device.name}` });
    }
  }
  return differences;
}

/** Makes it right, as far as it can be: each failure is in the report. */
export function repairNode(
  netlink: RouteNetlink,
  read: () => LinkNames,
  state: NodeState,
  offload: OffloadSwitch | undefined,
  report: Report,
): void {
  const { family, needs: { device, addresses } } = state;
  if (device === undefined) return;
  const links = read();
  const noting = (fn: () => void) => {
    try {
      fn();
    } catch (error) {
      report.errors.push({ family, message: (error as Error).message });
    }
  };
  noting(() => {
    if (repairDevice(netlink, links, device, state.index)) report.made++;
    else report.unchanged++;
  });
  const link = read().named(device.name);
  if (link?.kind !== "vxlan") return;
  state.index = link.index;
  if (offload) noting(() => switchOff(device, offload, report));
  noting(() => {
    const found = readAddresses(netlink, link);
    const { missing, foreign, present } = addressDifferences(found, addresses);
    report.unchanged += present;
    const changes = [
      ...foreign.map((cidr) => ({ put: false, cidr })),
      ...missing.map((cidr) => ({ put: true, cidr })),
    ];
    const answers = netlink.batch(changes.map(({ put, cidr }) => {
      // Nobody else has an address of this node's subnet, and nobody would answer.
      const options = put ? { messageFlags: NLM_F_CREATE | NLM_F_EXCL, flags: nodad(cidr) } : {};
      return addressMessage(put ? RTM_NEWADDR : RTM_DELADDR, link.index, parseCidr(cidr), options);
    }));
    for (const [at, { put, cidr }] of changes.entries()) {
      const error = answers[at];
      if (error && !isErrno(error, put ? EEXIST : EADDRNOTAVAIL)) {
        const what = put ? `add the address ${cidr} to` : `remove the address ${cidr} from`;
        const { message } = hostCallError(`${what} ${device.name}`, error) as Error;
        report.errors.push({ family, message });
      } else if (put) report.made++;
      else report.removed++;
    }
  });
}

function switchOff({ name }: VxlanDevice, offload: OffloadSwitch, report: Report): void {
  const on = offload.get(name);
  if (on === undefined) {
    report.notes.push(`${name} has no checksum offload that could be switched off`);
  } else if (on) {
    try {
      offload.set(name, false);
      report.made++;
    } catch (error) {
      report.notes.push((error as Error).message);
    }
  } else report.unchanged++;
}

/** What an address is to the device. Link-local ones are the kernel's. */
export function addressRole(cidr: string, wanted: readonly { cidr: string }[]): "wanted" | "foreign" | "kernel's" {
  if (wanted.some((wish) => canonical(wish.cidr) === cidr)) return "wanted";
  return isLinkLocal(cidr) ? "kernel's" : "foreign";
}

export function isLinkLocal(cidr: string): boolean {
  return /^fe[89ab][0-9a-f]:/.test(cidr);
}

function addressDifferences(found: readonly string[], wanted: readonly { cidr: string }[]) {
  const wishes = [...new Set(wanted.map(({ cidr }) => canonical(cidr)))];
  const missing = wishes.filter((cidr) => !found.includes(cidr));
  const foreign = found.filter((cidr) => addressRole(cidr, wanted) === "foreign");
  return { missing, foreign, present: wishes.length - missing.length };
}

function canonical(cidr: string): string {
  const { bytes, prefixLength } = parseCidr(cidr);
  return `${formatAddress(bytes)}/${prefixLength}`;
}

function nodad(cidr: string): number {
  return parseCidr(cidr).family === AF_INET6 ? IFA_F_NODAD : 0;
}
