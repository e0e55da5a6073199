// What networks with `networkPolicy` need beside their plugins: that bridges ask the packet filter, and an agent that
// brings policies in force. Without it new pods stay closed.

import { readSpecialFile } from "../../../host-funcs/sys/special_file.ts";
import { BRIDGE_FILTER_FOLDER, BRIDGE_FILTER_KEYS } from "../../../host-funcs/sysctl/bridge_filter_keys.ts";
import type { PolicyStatus } from "../../policy/policy_status.ts";
import { keysIn } from "../../transaction/isolation.ts";
import { askAgent, NoAgent } from "../ask_agent.ts";
import { parseNetworkList } from "../libcni/network_list.ts";
import type { Finding } from "./finding.ts";

/** A network some plugin of which has the key. */
export interface PolicedNetwork {
  readonly name: string;
  /** Nothing passes to or from a new pod until its policies are in force. */
  readonly closed: boolean;
  /** Why its ADDs are refused. */
  readonly invalid?: string;
}

/** Of all configurations of a folder. What cannot be read is for `checkConfigurations` to tell. */
export function networksWithPolicies(confDir: string): PolicedNetwork[] {
  try {
    return [...Deno.readDirSync(confDir)].map(({ name }) => name).filter((name) => /\.(conf|conflist|json)$/.test(name))
      .sort().flatMap((name) => networkIn(`${confDir}/${name}`));
  } catch {
    return [];
  }
}

function networkIn(path: string): PolicedNetwork[] {
  let list;
  try {
    list = parseNetworkList(Deno.readTextFileSync(path), path);
  } catch {
    return [];
  }
  const { name, plugins } = list;
  try {
    const keys = plugins.flatMap((plugin) => keysIn(plugin));
    return keys.length === 0 ? [] : [{ name, closed: keys.some(({ untilSynced }) => untilSynced === "deny") }];
  } catch (error) {
    return [{ name, closed: false, invalid: (error as Error).message }];
  }
}

/**
 * None where no network has the key.
 *
 * @param http where the agent answers: `HOST:PORT`, or the path of a socket
 * @param folder of the parameters of bridges
 */
export async function checkNetworkPolicy(
  networks: readonly PolicedNetwork[],
  http: string,
  folder = BRIDGE_FILTER_FOLDER,
): Promise<Finding[]> {
  if (networks.length === 0) return [];
  const invalid = networks.flatMap(({ name, invalid }): Finding[] =>
    invalid === undefined ? [] : [{ subject: name, state: "fail", why: invalid, advice: "correct the key" }]
  );
  return [...invalid, checkBridges(networks, folder), await checkAgent(networks, http)];
}

function checkBridges(networks: readonly PolicedNetwork[], folder: string): Finding {
  const subject = "br_netfilter";
  try {
    for (const key of BRIDGE_FILTER_KEYS) readSpecialFile(`${folder}/${key}`);
    return { subject, state: "ok", why: "bridges can ask the packet filter" };
  } catch {
    const closed = namesOf(networks.filter((it) => it.closed));
    return {
      subject,
      state: closed === "" ? "warn" : "fail",
      why: closed === ""
        ? "is not loaded: what pods of one bridge say to each other passes whatever the policies say"
        : `is not loaded: every ADD to ${closed} fails`,
      advice: "modprobe br_netfilter; echo br_netfilter > /etc/modules-load.d/br_netfilter.conf",
    };
  }
}

async function checkAgent(networks: readonly PolicedNetwork[], http: string): Promise<Finding> {
  const subject = "policies";
  const closed = namesOf(networks.filter((it) => it.closed));
  const consequence = closed === ""
    ? `${namesOf(networks)}: no policy is enforced for new pods`
    : `new pods of ${closed} stay closed: nothing is forwarded to or from them`;
  try {
    const { inForce, waitsFor, troubles, waiting, failed } = await askAgent<PolicyStatus>(
      http,
      "/policy",
      "enforces no network policies",
    );
    if (!inForce) {
      const why = [failed, ...troubles, `not listed yet: ${waitsFor.join(", ")}`].find((it) => it !== undefined);
      return {
        subject,
        state: "warn",
        why: `not in force yet (${why}); ${consequence}`,
        advice: "see the agent's log",
      };
    }
    if (waiting.length > 0) {
      const which = waiting.map(({ address, pod }) => `${address}${pod && ` of ${pod}`}`).slice(0, 5).join(", ");
      const more = waiting.length > 5 ? `, and ${waiting.length - 5} more` : "";
      const why = `${which}${more}: closed, as the agent does not know the pod`;
      return { subject, state: "warn", why, advice: "see whether the pod exists, and the agent's log" };
    }
    if (troubles.length > 0) {
      const why = `what was known before stays in force: ${troubles[0]}`;
      return { subject, state: "warn", why, advice: "see the agent's log" };
    }
    return { subject, state: "ok", why: "the agent has them in force" };
  } catch (error) {
    const advice = error instanceof NoAgent
      ? "start cnidaria agent with --policy FILE, or take networkPolicy out of the configuration"
      : "see the agent's log";
    return { subject, state: "warn", why: `${(error as Error).message}; ${consequence}`, advice };
  }
}

function namesOf(networks: readonly PolicedNetwork[]): string {
  return networks.map(({ name }) => name).join(", ");
}
