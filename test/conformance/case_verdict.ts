// Runs one protocol case, and says in a sentence what is wrong with the answer.

import { call, type Config, type Target } from "../lab/cni_call.ts";
import type { Outcome } from "../lab/command.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { attachment, bridgeNetwork, hostLocal } from "../e2e/networks.ts";
import type { ProtocolCase } from "./protocol_cases.ts";

/** What is wrong; undefined where the answer is as the spec wants it. */
export async function verdict(
  target: Target,
  node: Node,
  pod: Namespace,
  cniVersion: string,
  item: ProtocolCase,
): Promise<string | undefined> {
  const network = bridgeNetwork(node, {
    cniVersion,
    ipam: { ...hostLocal(node, ["10.22.0.0/24"]), ...item.ipam },
    ...item.config,
  }) as Config;
  const outcome = await runCase(target, node, pod, network, item);
  const wrong = judge(outcome, item, target.ours);
  if (item.command !== "ADD") return wrong;
  if (outcome.code === 0) await call(target, node, "DEL", network, attachmentOf(pod));
  const left = (await pod.run(["ip", "link", "del", "eth0"])).code === 0;
  return wrong ?? (left ? "it left an interface" : undefined);
}

const attachmentOf = (pod: Namespace) => attachment(pod, { containerId: "conformance" });

async function runCase(
  target: Target,
  node: Node,
  pod: Namespace,
  network: Config,
  item: ProtocolCase,
): Promise<Outcome> {
  const right: Record<string, string | undefined> = {
    CNI_COMMAND: item.command,
    CNI_CONTAINERID: "conformance",
    CNI_IFNAME: "eth0",
    CNI_NETNS: pod.path,
    CNI_PATH: target.directory,
    ...item.env,
  };
  const env = Object.fromEntries(Object.entries(right).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  return await node.namespace.run([`${target.directory}/bridge`], {
    input: item.stdin ?? JSON.stringify(network),
    env: { ...target.environment(node), ...env },
  });
}

function judge({ code, stdout, stderr }: Outcome, item: ProtocolCase, ours: boolean): string | undefined {
  const said = `${stdout}${stderr}`.trim();
  if (/^\s+at .*\.(ts|js):\d+/m.test(said) || said.includes("panic:")) return `a stack trace: ${said}`;
  if (item.codes.length === 0) return code === 0 ? undefined : `it failed with ${code}: ${said}`;
  if (code === 0) return `it succeeded: ${said}`;
  let error: { code?: unknown; msg?: unknown; details?: unknown };
  try {
    error = JSON.parse(stdout);
  } catch {
    return `no JSON on stdout: ${said}`;
  }
  if (!item.codes.includes(error.code as number)) return `code ${error.code}, not ${item.codes.join(" or ")}: ${said}`;
  if (typeof error.msg !== "string" || error.msg === "") return `no msg: ${said}`;
  // The spec assigns the codes; that the text names what is wrong is a promise of ours alone.
  if (!ours) return undefined;
  const text = `${error.msg} ${error.details ?? ""}`.toLowerCase();
  return text.includes((item.names ?? "").toLowerCase()) ? undefined : `the text does not name ${item.names}: ${said}`;
}
