// What a plugin gets on stdin: its configuration, with what the runtime adds (CNI spec 1.1.0, section 3).

import { isObject, type NetworkList, type PluginConfig } from "./network_list.ts";

/** What the runtime adds; a result is JSON as a plugin printed it. */
export interface Additions {
  readonly prevResult?: unknown;
  /** Capability arguments; a plugin gets those that its `capabilities` name. */
  readonly capabilityArgs?: Record<string, unknown>;
  /** For GC. */
  readonly validAttachments?: readonly { containerID: string; ifname: string }[];
}

/** @returns JSON text */
export function pluginInput(list: NetworkList, plugin: PluginConfig, additions: Additions): string {
  const { capabilities, ...input } = plugin;
  const wanted = Object.entries(additions.capabilityArgs ?? {})
    .filter(([name]) => isObject(capabilities) && capabilities[name] === true);
  const { prevResult, validAttachments } = additions;
  return JSON.stringify({
    ...input,
    ...(capabilities !== undefined && { capabilities }),
    name: list.name,
    cniVersion: list.cniVersion,
    ...(wanted.length > 0 && { runtimeConfig: Object.fromEntries(wanted) }),
    ...(prevResult !== undefined && { prevResult }),
    // Plugins of before 1.1.0's final text look for the shorter name: libcni writes both.
    ...(validAttachments && {
      "cni.dev/valid-attachments": validAttachments,
      "cni.dev/attachments": validAttachments,
    }),
  });
}
