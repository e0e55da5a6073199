// `cnidaria exec`: a container runtime's part, by hand.

import { Chain, type ChainCall } from "../libcni/chain.ts";
import { parseNetworkList } from "../libcni/network_list.ts";
import { ResultCache } from "../libcni/result_cache.ts";
import { CommandFailure, type Output } from "../output.ts";
import { timingLines, tracesIn } from "../timing.ts";

export type Verb = "add" | "del" | "check" | "gc" | "status";

export interface ExecOptions {
  readonly conf: string;
  readonly binDir: string;
  readonly cacheDir: string;
  readonly containerId?: string;
  readonly netns?: string;
  readonly ifname?: string;
  readonly args?: string;
  readonly cap?: Record<string, unknown>;
  readonly timing?: boolean;
  /** CONTAINER-ID/IFNAME each. */
  readonly valid?: readonly string[];
}

export async function exec(verb: Verb, options: ExecOptions, output: Output): Promise<void> {
  const text = await Deno.readTextFile(options.conf).catch((error) => {
    throw new CommandFailure(`Cannot read configuration: ${error.message}`);
  });
  const chain = new Chain(parseNetworkList(text, options.conf), new ResultCache(options.cacheDir));
  if (verb === "gc") return await chain.gc((options.valid ?? []).map(attachmentOf), options.binDir);
  if (verb === "status") return await chain.status(options.binDir);
  const traceDir = options.timing === true ? await makeTraceDir() : undefined;
  try {
    const call = chainCall(verb, options, traceDir);
    if (verb === "add") output.json(await chain.add(call));
    else await chain[verb](call);
  } finally {
    if (traceDir !== undefined) {
      for (const line of timingLines(tracesIn(traceDir))) output.complain(line);
      await Deno.remove(traceDir, { recursive: true });
    }
  }
}

/** In /run, where an installed plugin may write; else, without root, where temporary files go. */
async function makeTraceDir(): Promise<string> {
  const prefix = "cnidaria-trace-";
  return await Deno.makeTempDir({ dir: "/run", prefix }).catch(() => Deno.makeTempDir({ prefix }));
}

function chainCall(verb: Verb, options: ExecOptions, traceDir: string | undefined): ChainCall {
  const { containerId = "", netns = "", ifname = "eth0", args = "", cap = {} } = options;
  if (verb !== "del" && netns === "") throw new CommandFailure(`Cannot ${verb} without --netns PATH`, 2);
  return {
    attachment: { containerId, netns, ifname, args },
    capabilityArgs: cap,
    path: options.binDir,
    ...(traceDir !== undefined && { traceDir }),
  };
}

function attachmentOf(text: string): { containerID: string; ifname: string } {
  const [containerID, ifname, ...rest] = text.split("/");
  if (!containerID || !ifname || rest.length > 0) {
    throw new CommandFailure(`Cannot understand --valid, expected CONTAINER-ID/IFNAME: ${text}`, 2);
  }
  return { containerID, ifname };
}
