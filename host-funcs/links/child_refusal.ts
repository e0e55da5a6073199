// What the kernel refuses of a link on a parent, with what it does not say itself.

import { HostCallError } from "../error.ts";
import { EBUSY, EEXIST, EINVAL, EOPNOTSUPP, hostCallError, KernelError } from "../sys/errno.ts";
import type { ChildKind } from "./child_message.ts";

const MODULES: Readonly<Record<ChildKind["tag"], [module: string, option: string]>> = {
  macvlan: ["macvlan", "CONFIG_MACVLAN"],
  ipvlan: ["ipvlan", "CONFIG_IPVLAN"],
  vlan: ["8021q", "CONFIG_VLAN_8021Q"],
};
/** What rtnetlink says of a kind that no module makes. */
const UNKNOWN_KIND = "Unknown device type";

/** The host function's error for the kernel's refusal, with what the kernel does not say. */
export function refusal(kind: ChildKind, what: string, error: unknown): unknown {
  if (!(error instanceof KernelError)) return error;
  const { errno, text = "" } = error;
  if (errno === EOPNOTSUPP && (text === "" || text.startsWith(UNKNOWN_KIND))) {
    const [module, option] = MODULES[kind.tag];
    return new HostCallError(
      "unsupported",
      `Cannot ${what} as this kernel makes no links of kind ${kind.tag} (EOPNOTSUPP): load its module ` +
        `(modprobe ${module}), or take a kernel that has it (${option})`,
      errno,
    );
  }
  const known = hostCallError(what, error);
  const hint = hintFor(kind, errno);
  if (hint === undefined || !(known instanceof HostCallError)) return known;
  return new HostCallError(known.code, `${known.message}; ${hint}`, errno);
}

function hintFor(kind: ChildKind, errno: number): string | undefined {
  switch (errno) {
    case EBUSY:
      return "a port of a bridge or bond can be no parent, nor can a link that has children of another kind";
    case EEXIST:
      return kind.tag === "vlan"
        ? `a parent has each VLAN once: another device, maybe in another container, has VLAN ${kind.val}`
        : undefined;
    case EINVAL:
      return kind.tag === "macvlan"
        ? "only an Ethernet link can be a parent, and one with a macvlan of mode passthru has no other"
        : undefined;
  }
  return undefined;
}
