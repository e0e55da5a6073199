// CHECK: the ledger against the kernel and the leases, and then the plugin's own check.

import type * as Addresses from "cnidaria:cni/addresses@0.1.0";
import type * as Leases from "cnidaria:cni/leases@0.1.0";
import type * as Links from "cnidaria:cni/links@0.1.0";
import type { Change } from "../../host-funcs/change.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { CniFailure } from "../cni/failure.ts";
import type { CallContext } from "../plugin/host_context.ts";
import { contextOf, endContext, noChanges, presentNetns, runnerOf } from "./attachment_call.ts";
import { attachmentOf, type Call, LOCK_WAIT_MS } from "./call.ts";
import { netEffect } from "./effect.ts";
import { Journal } from "./journal.ts";
import { readEntry } from "./ledger.ts";
import { recover } from "./recover.ts";
import { loadSteps, runStep } from "./steps.ts";

/**
 * Checks an attachment.
 *
 * @throws {CniFailure} `invalidConfig` without a prevResult, `unknownContainer` if there is no such attachment,
 * `checkFailed` if it is not as it was made; a plugin's own error
 */
export async function check(call: Call): Promise<void> {
  if (call.prevResult === undefined) {
    throw new CniFailure(
      "invalidConfig",
      'Cannot CHECK as the network configuration\'s key "prevResult" is missing',
      "expected the result of the ADD",
    );
  }
  await loadSteps(call);
  const key = attachmentOf(call);
  const journal = Journal.open(call.stateDir, key, call.plugin, LOCK_WAIT_MS);
  const context = contextOf(call, noChanges);
  let finished = false;
  try {
    finished = await recover(journal, call);
    const entry = readEntry(context.database(), key, call.plugin);
    if (entry === undefined) throw failed(call, "unknownContainer", "it is not attached");
    const netns = presentNetns(call, entry.netnsId);
    if (netns.path === "") {
      throw failed(call, "checkFailed", "the container's network namespace is not that of its ADD");
    }
    context.setNetns(netns.path);
    const missing = await firstMissing(context, netEffect(entry.changes));
    if (missing !== undefined) throw failed(call, "checkFailed", missing);
    call.trace.step("ledger");
    const runner = runnerOf(call, context, noChanges, { hasNetns: true, entry });
    for (const step of call.steps) runStep(runner, "check", step, call.prevResult);
  } finally {
    endContext(call, context);
    if (finished) journal.finish();
    else journal.close();
  }
}

interface Readers {
  links: Pick<typeof Links, "get">;
  addresses: Pick<typeof Addresses, "list">;
  leases: Pick<typeof Leases, "held">;
}

/** @returns the first change that is no more, as the reason of a failure */
async function firstMissing(context: CallContext, changes: readonly Change[]): Promise<string | undefined> {
  const [{ createLinks }, { createAddresses }, { createLeases }] = await Promise.all([
    import("../../host-funcs/links/mod.ts"),
    import("../../host-funcs/addresses/mod.ts"),
    import("../../host-funcs/leases/mod.ts"),
  ]);
  const readers = {
    links: createLinks(context),
    addresses: createAddresses(context),
    leases: createLeases(context),
  };
  for (const change of changes) {
    const missing = missingOf(readers, change);
    if (missing !== undefined) return missing;
  }
}

function missingOf(readers: Readers, change: Change): string | undefined {
  switch (change.kind) {
    case "link-created":
      if (absent(() => readers.links.get(change.ns, change.name))) return `link ${change.name} (${change.ns}) is gone`;
      return undefined;
    case "address-added": {
      let addresses: string[] = [];
      if (
        absent(() => addresses = readers.addresses.list(change.ns, change.link)) || !addresses.includes(change.cidr)
      ) {
        return `address ${change.cidr} of link ${change.link} (${change.ns}) is gone`;
      }
      return undefined;
    }
    case "lease-acquired":
      return readers.leases.held(change.store).includes(change.address)
        ? undefined
        : `the lease of address ${change.address} is gone`;
    default:
      return undefined;
  }
}

function absent(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof HostCallError && error.code === "not-found") return true;
    throw error;
  }
}

function failed(call: Call, code: "checkFailed" | "unknownContainer", why: string): CniFailure {
  const { network, containerId, ifname } = attachmentOf(call);
  return new CniFailure(code, `CHECK failed for ${ifname} of container ${containerId} on network ${network}: ${why}`);
}
