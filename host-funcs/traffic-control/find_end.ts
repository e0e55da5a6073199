// The host's end of a container's veth pair.

import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { LinkDescription } from "../links/link_message.ts";
import { linkOfIndex, needLink } from "../links/look_up.ts";

/**
 * The other end of a link of the container.
 *
 * @throws {HostCallError} `invalid` if that is no veth, or has no such end on the host
 */
export function hostEnd(context: HostContext, name: string): LinkDescription {
  const link = needLink(context, "container", name, "limit the traffic of");
  if (link.kind !== "veth" || link.peerIndex === undefined) {
    throw new HostCallError(
      "invalid",
      `Cannot limit the traffic of ${name} in the container as it is no veth but ${
        link.kind ? `a ${link.kind}` : "a device"
      }: only what passes a veth pair can be limited`,
    );
  }
  const end = linkOfIndex(context.netlink("host"), "host", link.peerIndex);
  // The numbers are those of two namespaces: a link of the host may have the number of an end that is elsewhere.
  if (end?.kind === "veth" && end.peerIndex === link.index) return end;
  throw new HostCallError(
    "invalid",
    `Cannot limit the traffic of ${name} in the container as the other end of its veth pair is not on the host`,
  );
}
