// GC: what is left over of this network. First the journals of dead processes, then a DEL for each attachment that the
// runtime does not know, then the plugins' own, then what the state and the kernel have of no attachment at all. One
// failure does not stop the rest.

import type { AttachmentKey, HostContext } from "../../host-funcs/context.ts";
import type { NetworkConfig } from "../cni/config.ts";
import { CniFailure } from "../cni/failure.ts";
import { CallContext } from "../plugin/host_context.ts";
import { endContext, MemoryChanges, runnerOf } from "./attachment_call.ts";
import { attachmentOf, type Call } from "./call.ts";
import { entriesOf, type StoredEntry } from "./ledger.ts";
import { viewOf } from "./orphans.ts";
import { recoverAll } from "./recover.ts";
import { removeAttachment } from "./remove_attachment.ts";
import { removeOrphans } from "./remove_orphans.ts";
import { isOwn, runtimeName } from "./runtime_name.ts";
import { loadSteps, runStep } from "./steps.ts";
import { notWithdrawn } from "./withdrawn.ts";
import { attachmentsUnderWay, nameOf } from "./under_way.ts";

/**
 * Removes what belongs to this network and to no attachment: neither to a valid one, nor to one of another runtime, nor
 * to one that was made, or is being made, since the call began. With `disableGC` in the configuration it does nothing.
 *
 * @throws {CniFailure} with all failures, after everything has been tried
 */
export async function gc(call: Call): Promise<void> {
  if (isDisabled(call.config)) return call.log.write("info", "GC does nothing, as the configuration has disableGC");
  notWithdrawn(call);
  const context = new GcContext(call);
  const failures: Error[] = [];
  try {
    const stale = staleEntries(call, context);
    call.checkpoint("gc looked");
    await attempt(failures, () => recoverAll(call));
    const remover = { ...call, rawPath: call.parameters.rawPath };
    for (const entry of stale) {
      await attempt(failures, async () => {
        // The list may be an old one by now.
        notWithdrawn(call);
        const removal = await removeAttachment(remover, entry, () => undefined);
        if (removal.outcome === "kept") call.log.write("info", `${nameOf(entry.attachment)} stays: ${removal.why}`);
      });
    }
    await attempt(failures, () => loadSteps(call));
    const runner = runnerOf({ ...call, valid: keptAttachments(call, context) }, context, context.sink, {
      hasNetns: false,
    });
    for (const step of call.steps) await attempt(failures, () => void runStep(runner, "gc", step, undefined));
    await attempt(failures, () => removeRest(call, context, failures));
  } finally {
    endContext(call, context);
  }
  throwAll(call, failures);
}

/** libcni takes the text as well. */
function isDisabled({ disableGC }: NetworkConfig): boolean {
  return String(disableGC).toLowerCase() === "true";
}

/** The plugins' host functions ask it which attachments are under way. */
class GcContext extends CallContext implements HostContext {
  readonly #stateDir: string;

  constructor(call: Call, readonly sink = new MemoryChanges()) {
    const { checkpoint, stateDir, log, trace } = call;
    super({ attachment: attachmentOf(call), args: [], stateDir, log, checkpoint, trace }, sink);
    this.#stateDir = stateDir;
  }

  underWay(): readonly AttachmentKey[] {
    return attachmentsUnderWay(this.#stateDir);
  }
}

/** The attachments of this network, plugin and runtime that are not valid. */
function staleEntries(call: Call, context: GcContext): StoredEntry[] {
  const own = runtimeName(call.runtime);
  const valid = new Set(validAttachments(call).map(nameOf));
  const now = Date.now();
  // The runtime made its list before. A time in the future says that the clock was set back, and nothing else.
  const began = call.processEnds ? performance.timeOrigin : now;
  return entriesOf(context.database(), call.config.name).filter(({ attachment, plugin, runtime, createdAt }) =>
    plugin === call.plugin && !valid.has(nameOf(attachment)) && isOwn(runtime, own) &&
    !(began <= createdAt && createdAt <= now)
  );
}

function validAttachments(call: Call): AttachmentKey[] {
  return call.valid.map((it) => ({ network: call.config.name, ...it }));
}

/** What plugins must leave alone: what is valid, and all that the ledger still has or is going to have. */
function keptAttachments(call: Call, context: GcContext): AttachmentKey[] {
  const network = call.config.name;
  const known = entriesOf(context.database(), network).map(({ attachment }) => attachment);
  const underWay = context.underWay().filter((it) => it.network === network);
  return [...new Map([...validAttachments(call), ...known, ...underWay].map((it) => [nameOf(it), it])).values()];
}

/** What the plugins did not remove. In the kernel that is looked for in all networks, since it has no name of one. */
function removeRest(call: Call, context: GcContext, failures: Error[]): void {
  const database = context.database();
  const view = () => viewOf({ stateDir: call.stateDir }, database, validAttachments(call));
  const network = call.config.name;
  for (
    const { failure } of removeOrphans(database, view, (it) => it.network === network || it.network === "", context)
  ) {
    if (failure !== undefined) failures.push(failure);
  }
}

async function attempt(failures: Error[], run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    failures.push(error as Error);
  }
}

function throwAll(call: Call, [first, ...others]: readonly Error[]): void {
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new CniFailure(
    "cleanupIncomplete",
    `GC of network ${call.config.name} had ${others.length + 1} failures, the first: ${first.message}`,
    others.map((it) => it.message).join("; "),
  );
}
