// Keys that CNI gives to every plugin (CNI spec 1.1.0, section 1, and its CONVENTIONS.md).

import * as v from "valibot";
import type { Attachment, Dns } from "cnidaria:cni/types@0.3.0";
import { dns, object, text } from "./fields.ts";

/** `ipam`, of which a main plugin needs the type alone. */
export const ipamSection = object(
  { type: v.optional(v.pipe(text, v.regex(/^[^/]*$/, "a plugin's name without slash")), "") },
  "an object",
);

/** Entries of a valibot object: `ipam`. */
export const ipamEntry = v.optional(ipamSection, {});

/**
 * Whether the configuration names an IPAM plugin: of any configuration, as cleaning up must work with one that has become
 * invalid elsewhere.
 */
export function namesIpam(config: string): boolean {
  const type = (JSON.parse(config) as { ipam?: { type?: unknown } | null }).ipam?.type;
  return typeof type === "string" && type !== "";
}

/** Entries of a valibot object: `dns`. */
export const dnsEntry = v.optional(dns);

/** A `dns` section as the contract has it. */
export function toDns(section: v.InferOutput<typeof dns>): Dns {
  const { domain, ...lists } = section;
  return domain === undefined || domain === "" ? lists : { ...lists, domain };
}

/**
 * The value of a key in CNI_ARGS, whose names are compared without case, as upstream does; the last one counts.
 * Undefined where there is none, or an empty one.
 */
export function argument(at: Attachment, name: string): string | undefined {
  const found = at.args.findLast(([key]) => key.toLowerCase() === name.toLowerCase());
  return found === undefined || found[1] === "" ? undefined : found[1];
}
