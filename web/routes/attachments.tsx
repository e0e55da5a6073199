// Who has which address: every attachment of the node.

import type { AttachmentsAnswer, ShownAttachment } from "../api/attachments.ts";
import { Age } from "../components/age.tsx";
import { AttachmentLink } from "../components/attachment_link.tsx";
import { type Column, FilteredTable } from "../components/table.tsx";
import { type Page, type PageProps, sameQuery } from "../page.ts";

export const attachmentsPage: Page<AttachmentsAnswer> = {
  name: "attachments",
  path: "/attachments",
  entry: "Attachments",
  title: () => "Attachments",
  api: sameQuery("/attachments"),
  topics: ["attachments"],
  View,
};

function View({ data, url }: PageProps<AttachmentsAnswer>) {
  return (
    <FilteredTable
      caption="Attachments"
      noun="attachments"
      url={url}
      columns={columnsOf(data.now)}
      rows={data.rows}
      keyOf={({ network, containerId, ifname }) => `${network}/${containerId}/${ifname}`}
      total={data.total}
      matched={data.matched}
      page={data.page}
      pages={data.pages}
      exports={[{ text: "CSV", href: "/api/v1/attachments.csv" }, { text: "JSON", href: "/api/v1/attachments.json" }]}
      empty={<p>No pod is attached yet. As soon as a container runtime calls ADD on this node, it is here.</p>}
    />
  );
}

function columnsOf(now: number): readonly Column<ShownAttachment>[] {
  return [
    { name: "pod", heading: "Pod", cell: (row) => <AttachmentLink attachment={row} short /> },
    { name: "namespace", heading: "Namespace", cell: ({ podNamespace }) => podNamespace },
    { name: "address", heading: "Addresses", cell: ({ addresses }) => addresses.join(" "), class: "mono" },
    { name: "network", heading: "Network", cell: ({ network }) => network },
    { name: "ifname", heading: "Interface", cell: ({ ifname }) => ifname, class: "mono" },
    { name: "mac", heading: "MAC", cell: ({ mac }) => mac, class: "mono" },
    { name: "host", heading: "On the node", cell: ({ hostInterface }) => hostInterface, class: "mono" },
    { name: "container", heading: "Container", cell: ({ containerId }) => containerId.slice(0, 12), class: "mono" },
    { name: "plugins", heading: "Plugins", cell: ({ plugins }) => plugins.join(", ") },
    { name: "since", heading: "Age", cell: ({ sinceMs }) => <Age sinceMs={sinceMs} now={now} />, filters: false },
    {
      name: "state",
      heading: "State",
      cell: ({ liveness }) => <span class={`tag ${liveness}`}>{liveness}</span>,
      filters: false,
    },
  ];
}
