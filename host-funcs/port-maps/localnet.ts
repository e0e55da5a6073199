// `route_localnet` of the link that leads to a pod. Connections of the node's own from 127.0.0.1 leave by that link, with
// another source on the wire; the kernel routes them only where the parameter is set. But with it the kernel takes from the
// link what comes for 127.0.0.0/8 too, and so the pods on it, and whatever else is, would reach services of the node that
// listen on localhost alone (CVE-2020-8558). So the table drops that, and it does so before the parameter is set.

import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { type OwnedElement, putElement, removeElement } from "../firewall/elements.ts";
import { type FilterReading, type PacketFilter } from "../firewall/packet_filter.ts";
import { linkOfIndex } from "../links/look_up.ts";
import { linkTo } from "../routes/link_to.ts";
import type { Database } from "../state/database.ts";
import { bootId } from "../sys/identity.ts";
import { type ParameterContext, readParameter, writeParameter } from "../sysctl/file.ts";
import { linkElement } from "./elements.ts";
import { changeElements } from "./table.ts";

/** The kernel's default. */
const CLOSED = "0";

/** A link, and what its parameter was before any of ours needed it. */
export interface Localnet {
  readonly link: string;
  readonly before: string;
  /** Then it is another link's by now, or was set by someone else. */
  readonly ofEarlierBoot?: boolean;
}

/** Of a row of the state: what the parameter was, and in which boot. */
export function localnetOfRow({ key, value }: Pick<OwnedElement, "key" | "value">): Localnet {
  const [before = CLOSED, boot] = value.split(" ");
  return { link: key, before, ofEarlierBoot: boot !== bootId() };
}

/** The name of the link by which the node sends to a pod; undefined where there is none that could need the parameter. */
export function linkToPod(context: HostContext, address: string): string | undefined {
  const index = linkTo(context, "host", address);
  const link = index === undefined ? undefined : linkOfIndex(context.netlink("host"), "host", index);
  return link === undefined || link.kind === "loopback" ? undefined : link.name;
}

/**
 * What the parameter of the link was before any of ours needed it. Inside the transaction that sets it: another process
 * may have set it, and not have said so yet.
 *
 * @returns undefined where someone else has set it: then it is theirs to guard and to reset
 */
export function localnetOf(context: HostContext, filter: FilterReading, link: string): Localnet | undefined {
  const before = valueBefore(context.database(), link);
  if (before !== undefined) return { link, before };
  const present = readParameter(context, "host", pathOf(link));
  if (present !== "1") return { link, before: present };
  // With the guard it is ours: of a process that died before the state had it.
  return filter.element(linkElement(link)) === undefined ? undefined : { link, before: CLOSED };
}

/** Inside a transaction, with the table there. */
export function setLocalnet(context: HostContext, filter: PacketFilter, { link, before }: Localnet): void {
  putElement(context.database(), context.attachment, {
    kind: "localnet",
    key: link,
    value: `${before} ${bootId()}`,
  });
  changeElements(filter, [{ add: linkElement(link) }], `guard 127.0.0.0/8 on ${link}`);
  if (readParameter(context, "host", pathOf(link)) !== "1") writeParameter(context, "host", pathOf(link), "1");
}

/** Inside a transaction. With the last attachment that needs it, the parameter is as it was. */
export function clearLocalnet(
  context: Pick<HostContext, "attachment" | "database"> & ParameterContext,
  filter: PacketFilter,
  { link, before, ofEarlierBoot = false }: Localnet,
): void {
  const database = context.database();
  removeElement(database, context.attachment, "localnet", link);
  if (ofEarlierBoot || valueBefore(database, link) !== undefined) return;
  setBack(context, link, before);
  changeElements(filter, [{ delete: linkElement(link) }], `end the guard of 127.0.0.0/8 on ${link}`);
}

/** Before the guard of a link goes that is nobody's: with the parameter still set, pods would reach the node's 127.0.0.0/8. */
export function closeLink(context: ParameterContext, link: string): void {
  setBack(context, link, CLOSED);
}

/** `route_localnet of cni0 is 0, not 1` */
export function localnetDifferences(context: ParameterContext, filter: FilterReading, { link }: Localnet): string[] {
  const value = presentValue(context, link);
  const differences = value === undefined || value === "1" ? [] : [`route_localnet of ${link} is ${value}, not 1`];
  if (filter.element(linkElement(link)) !== undefined) return differences;
  return [...differences, `guard of 127.0.0.0/8 on ${link} is gone from the packet filter`];
}

/** What a link's parameter was, as the attachments of this boot have it that need it: of many on one link, all the same. */
function valueBefore(database: Database, link: string): string | undefined {
  const row = database.get(
    "SELECT value FROM firewall_elements WHERE kind = 'localnet' AND key = ? AND value LIKE ? LIMIT 1",
    link,
    `% ${bootId()}`,
  );
  return row === undefined ? undefined : localnetOfRow({ key: link, value: String(row.value) }).before;
}

function setBack(context: ParameterContext, link: string, before: string): void {
  const value = presentValue(context, link);
  if (value !== undefined && value !== before) writeParameter(context, "host", pathOf(link), before);
}

/** Undefined where the link is gone. */
function presentValue(context: ParameterContext, link: string): string | undefined {
  try {
    return readParameter(context, "host", pathOf(link));
  } catch (error) {
    if (error instanceof HostCallError && error.code === "not-found") return undefined;
    throw error;
  }
}

function pathOf(link: string): string {
  return `/proc/sys/net/ipv4/conf/${link}/route_localnet`;
}
