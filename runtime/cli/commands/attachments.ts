// `cnidaria attachments`: what each attachment owns.

import { SORTS } from "../../../host-funcs/describe.ts";
import { stateDir } from "../../paths.ts";
import { NodeView } from "../../query/node_view.ts";
import { describeAttachments, type DescribedAttachment } from "../../transaction/attachments.ts";
import { CommandFailure, type Output, printable, table } from "../output.ts";
import { ageOf } from "../../query/age.ts";

export interface AttachmentsOptions {
  readonly network?: string;
  readonly json?: boolean;
}

/** @param containerId the beginning of one: then everything of it is told */
export function attachments(
  containerId: string | undefined,
  { network, json }: AttachmentsOptions,
  output: Output,
): void {
  using view = new NodeView(stateDir());
  const found = view.read((database) => describeAttachments(database, { containerId, network }), []);
  if (json === true) return output.json(found);
  if (containerId !== undefined && found.length === 0) {
    throw new CommandFailure(`Cannot tell what it owns as there is no attachment of a container ${containerId}`);
  }
  const lines = containerId === undefined ? overview(found) : found.flatMap(details);
  lines.forEach(output.line);
}

function overview(found: readonly DescribedAttachment[]): string[] {
  const rows = found.map((it) => [
    it.network,
    podOf(it),
    `${it.containerId.slice(0, 12)}/${it.ifname}`,
    it.plugins.join(","),
    it.owns.filter(({ sort }) => sort === "leases").map(({ text }) => text).join(" ") || "-",
    String(it.owns.length),
    it.liveness,
    ageOf(it.sinceMs, Date.now()),
  ]);
  return table(["NETWORK", "POD", "CONTAINER", "PLUGINS", "LEASES", "OWNS", "STATE", "AGE"], rows);
}

function details(it: DescribedAttachment): string[] {
  const lines = [
    `${it.network}/${it.containerId}/${it.ifname}`,
    `  pod        ${podOf(it)}`,
    `  plugins    ${it.plugins.join(", ")}`,
    `  namespace  ${it.netns || "-"}`,
    `  since      ${new Date(it.sinceMs).toISOString()}`,
    `  state      ${it.liveness}${it.liveness === "dead" ? ": cnidaria gc removes what is left of it" : ""}`,
  ];
  for (const sort of SORTS) {
    const owned = it.owns.filter((one) => one.sort === sort);
    if (owned.length > 0) lines.push(`  ${sort}`);
    for (const { text, shared } of owned) lines.push(`    ${text}${shared ? "; stays for other pods" : ""}`);
  }
  return lines.map(printable);
}

function podOf({ podNamespace, podName }: DescribedAttachment): string {
  return podName === "" ? "-" : `${podNamespace}/${podName}`;
}
