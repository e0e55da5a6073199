// Deleting links.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { attempt } from "../sys/errno.ts";
import { linkMessage, RTM_DELLINK } from "./link_message.ts";
import { needLink, place } from "./look_up.ts";

/** See `delete` of the contract. */
export function deleteLink(context: HostContext, ns: Ns, name: string): void {
  const { index } = needLink(context, ns, name, "delete");
  context.record({ kind: "link-deleted", ns, name });
  attempt(`delete ${place(ns, name)}`, () => context.netlink(ns).request(linkMessage(RTM_DELLINK, { index })));
}
