import { type Page, type PageProps, sameQuery } from "../page.ts";

export const poolPage: Page<unknown> = {
  name: "pool",
  path: "/pools/:id",
  title: () => "Pool",
  api: sameQuery("/pools"),
  topics: ["attachments"],
  View,
};

function View(_: PageProps<unknown>) {
  return <p>…</p>;
}
