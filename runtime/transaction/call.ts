// One CNI call, as the verbs see it.

import type { AttachmentId, CniResult, Ns } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import type { Caller } from "../cni/caller.ts";
import type { NetworkConfig } from "../cni/config.ts";
import type { CniParameters } from "../cni/environment.ts";
import type { Log } from "../cni/log.ts";
import type { CniVersion } from "../cni/version.ts";
import type { Checkpoint } from "../plugin/checkpoint.ts";
import type { PluginLoader } from "../plugin/component.ts";
import type { CallContext, CallPlace, ChangeSink, Kept } from "../plugin/host_context.ts";
import type { Trace } from "../plugin/trace.ts";
import type { Isolation } from "./isolation.ts";

/** One plugin of the call, with the configuration that it gets. */
export interface Step {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What one execution of the program is asked to do. */
export interface Call {
  readonly parameters: CniParameters;
  readonly config: NetworkConfig;
  readonly version: CniVersion;
  /** One plugin, or a chain. */
  readonly steps: readonly Step[];
  /** Names the call's row in the ledger beside the attachment: the plugin's name, or `cnidaria` for a chain. */
  readonly plugin: string;
  readonly prevResult: CniResult | undefined;
  readonly valid: readonly AttachmentId[];
  readonly stateDir: string;
  /** CNIDARIA_RUNTIME. */
  readonly runtime: string | undefined;
  readonly loader: PluginLoader;
  readonly trace: Trace;
  readonly log: Log;
  /** Nothing needs to be closed: the process ends with the call. */
  readonly processEnds: boolean;
  /** Only where the process serves many calls. */
  readonly kept?: Kept | undefined;
  /** Variables of the caller, where it is another process. */
  readonly environment?: ReadonlyMap<string, string> | undefined;
  /**
   * Names the call where it may be run once more: by the agent, and by the program after the agent has died. Empty for
   * one that is run once.
   */
  readonly key: string;
  readonly checkpoint: Checkpoint;
  readonly caller: Caller;
  /** Only for an ADD whose configuration has `networkPolicy`. */
  readonly isolation?: Isolation | undefined;
  /** Only where the call is planned, and not made. */
  readonly plan?: PlannedCall;
}

/** What stands in for the node in a call that is planned. */
export interface PlannedCall {
  /** A context on which nothing that host functions do reaches the kernel. */
  contextOf(place: CallPlace, sink: ChangeSink): CallContext;
  /** The identity of the container's namespace, where it does not exist yet. */
  readonly netnsId?: string;
}

/** The attachment of a call; GC and STATUS have none. */
export function attachmentOf(call: Pick<Call, "config" | "parameters">): AttachmentKey {
  const { containerId, ifname } = call.parameters;
  return { network: call.config.name, containerId, ifname };
}

/** Whether changes made the link of that name. */
export function madeLink(changes: readonly Change[], ns: Ns, name: string): boolean {
  return changes.some((it) => it.kind === "link-created" && it.ns === ns && it.name === name);
}

/** Milliseconds that a call waits for another on the same attachment. */
export const LOCK_WAIT_MS = 30_000;
