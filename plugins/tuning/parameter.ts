// Names of kernel parameters, as configurations have them.

import { invalidConfig } from "../sdk/mod.ts";

/** A kernel parameter and its value. */
export interface Parameter {
  /** As the configuration has it: `net.ipv4.conf.IFNAME.arp_filter`. */
  readonly name: string;
  /** As the host has it: `net/ipv4/conf/eth0/arp_filter`. */
  readonly key: string;
  readonly value: string;
}

/**
 * A parameter by its name. As for sysctl(8), the first separator of a name says what separates its parts: after a dot a
 * slash stands for a dot (`net.ipv4.conf.eth0/100.arp_filter` is about eth0.100), after a slash a dot is one. `IFNAME`
 * is the interface's name.
 *
 * @throws {CniError} code 7 for a name that is none below `net`
 */
export function parameterOf(name: string, value: string, ifname: string): Parameter {
  const separator = /[./]/.exec(name)?.[0];
  const parts = separator === "/" ? name.split("/") : name.split(".").map((part) => part.replaceAll("/", "."));
  const named = parts.join("/").replace("IFNAME", ifname);
  const whole = parts.length > 1 && parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (!whole || parts[0] !== "net" || /[\s*]/.test(name)) {
    throw invalidConfig(
      `sysctl "${name}" is no parameter of the container's network: expected a name as net.ipv4.conf.IFNAME.arp_filter`,
    );
  }
  if (value.trim() === "") throw invalidConfig(`sysctl "${name}" has no value`);
  return { name, key: named, value };
}

/** Whether two values are one to the kernel, which separates the numbers of a list with tabs. */
export function sameValue(one: string, other: string): boolean {
  return words(one) === words(other);
}

function words(text: string): string {
  return text.trim().split(/\s+/).join(" ");
}
