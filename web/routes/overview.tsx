import { type Page, type PageProps, sameQuery } from "../page.ts";

export const overviewPage: Page<unknown> = {
  name: "overview",
  path: "/",
  entry: "Overview",
  title: () => "Overview",
  api: sameQuery("/overview"),
  topics: ["attachments"],
  View,
};

function View(_: PageProps<unknown>) {
  return <p>…</p>;
}
