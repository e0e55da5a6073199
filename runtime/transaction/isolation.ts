// What a network configuration's `networkPolicy` asks of an ADD: addresses are isolated before the container gets them,
// and the answer waits until whoever applies network policies has taken them over. Loaded only where the key is there.

import * as v from "valibot";
import type { Change } from "../../host-funcs/change.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { isolate, isStillIsolated, podOf } from "../../host-funcs/firewall/isolate.ts";
import { pause } from "../../host-funcs/sys/wait_until.ts";
import { invalidKey } from "../cni/config.ts";
import type { Isolator } from "../plugin/host_context.ts";
import type { Call } from "./call.ts";

/** `networkPolicy` of a plugin's network configuration. */
export interface NetworkPolicyKey {
  /** What passes before the policies of a new pod are in force: nothing, or everything. */
  readonly untilSynced: "deny" | "allow";
  /** How long an ADD waits for that, before it answers all the same. Milliseconds. */
  readonly waitMs: number;
}

const KEY = "networkPolicy";
const MAX_WAIT_MS = 60_000;
const DEFAULT_WAIT_MS = 2_000;
/** Between two looks. */
const PAUSE_MS = 3;

const schema = v.strictObject({
  untilSynced: v.picklist(["deny", "allow"]),
  waitMs: v.optional(
    v.pipe(
      v.number(),
      v.check((it) => Number.isInteger(it) && it >= 0 && it <= MAX_WAIT_MS, `0 to ${MAX_WAIT_MS} milliseconds`),
    ),
    DEFAULT_WAIT_MS,
  ),
});

/** One for an ADD. */
export class Isolation implements Isolator {
  readonly #call: Call;
  readonly #waitMs: number;
  readonly #closed = new Set<string>();

  /** @throws {CniFailure} `invalidConfig`, naming the key, wherever it is in the configurations */
  constructor(call: Call) {
    this.#call = call;
    const keys = call.steps.flatMap(({ config }) => keysIn(config));
    this.#waitMs = Math.max(0, ...keys.filter((it) => it.untilSynced === "deny").map((it) => it.waitMs));
  }

  /** By the configuration of the plugin that runs. See `HostContext.isolate`. */
  isolate(context: HostContext, address: string, linkKind: string): (() => void) | undefined {
    const value = context.config[KEY];
    if (value === undefined || value === null) return undefined;
    const { untilSynced } = parseKey(value, KEY);
    return isolate(context, { address, linkKind }, untilSynced === "deny");
  }

  /** Told of what the ADD has made, when it is made for good. */
  made(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === "isolation-added" && change.closed) this.#closed.add(change.address);
    }
  }

  /** Waits until none of the ADD's addresses is isolated any more, or the time is over; nobody need wait, then. */
  wait(): void {
    const { caller, log, plan, trace } = this.#call;
    if (this.#closed.size === 0 || plan !== undefined) return;
    const deadline = performance.now() + this.#waitMs;
    // The attachment is there: a signal that ended the process now would leave it, and nobody the wiser.
    caller.listen();
    try {
      while (this.#anyIsolated()) {
        if (performance.now() >= deadline) return log.write("warn", this.#stillIsolated());
        if (caller.whyGone() !== undefined) return;
        pause(PAUSE_MS);
      }
    } catch (error) {
      log.write("warn", `not waiting for network policies any longer: ${(error as Error).message}`);
    } finally {
      caller.ignore();
      trace.step("network policies");
    }
  }

  #anyIsolated(): boolean {
    for (const address of this.#closed) {
      if (isStillIsolated(address)) return true;
      this.#closed.delete(address);
    }
    return false;
  }

  #stillIsolated(): string {
    const pod = podOf(this.#call.parameters);
    const addresses = [...this.#closed].join(" and ");
    const waited = `after ${this.#waitMs} ms (networkPolicy.waitMs)`;
    if (pod === "") {
      const { containerId } = this.#call.parameters;
      return `container ${containerId} is answered for ${waited}, but nothing is forwarded to or from ${addresses}: its ` +
        "network policies cannot be known, as CNI_ARGS has no K8S_POD_NAMESPACE and K8S_POD_NAME that say which pod it " +
        'is. Leave "networkPolicy" out of the network configuration for such containers';
    }
    return `pod ${pod} is answered for ${waited}, but nothing is forwarded to or from ${addresses} until its network ` +
      "policies are in force: the agent opens the pod then by itself. See whether cnidaria agent --policy runs on this " +
      "node, and what its log says: is the API server in reach?";
  }
}

/**
 * Those of a plugin's configuration, of its `delegate` and `plugins` as well.
 *
 * @param path of the part, for errors
 * @throws {CniFailure} `invalidConfig`, naming the key
 */
export function keysIn(part: unknown, path = ""): NetworkPolicyKey[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) => {
    const own = path === "" ? name : `${path}.${name}`;
    if (name === "prevResult" || value === null) return [];
    return name === KEY ? [parseKey(value, own)] : keysIn(value, own);
  });
}

/** @throws {CniFailure} `invalidConfig` */
function parseKey(value: unknown, path: string): NetworkPolicyKey {
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (!checked.success) throw invalidKey(checked.issues[0], path);
  return checked.output;
}
