import { type Page, type PageProps, sameQuery } from "../page.ts";

export const topologyPage: Page<unknown> = {
  name: "topology",
  path: "/topology",
  entry: "Topology",
  title: () => "Topology",
  api: sameQuery("/topology"),
  topics: ["attachments"],
  View,
};

function View(_: PageProps<unknown>) {
  return <p>…</p>;
}
