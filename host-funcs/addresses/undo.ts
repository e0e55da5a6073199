import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { isShared } from "../links/undo.ts";
import { createAddresses } from "./mod.ts";

/** Takes a change of an address back. The address of a bridge that others have joined since is their gateway: it stays. */
export function undoAddressChange(
  context: HostContext,
  change: Extract<Change, { kind: "address-added" | "address-removed" }>,
): void {
  const { ns, link, cidr } = change;
  const addresses = createAddresses(context);
  if (change.kind === "address-removed") return addresses.add(ns, link, { cidr, dad: false });
  if (isShared(context, ns, link)) return;
  addresses.remove(ns, link, cidr);
}
