import { type Page, type PageProps, sameQuery } from "../page.ts";

export const pluginsPage: Page<unknown> = {
  name: "plugins",
  path: "/plugins",
  entry: "Plugins",
  title: () => "Plugins",
  api: sameQuery("/plugins"),
  topics: ["attachments"],
  View,
};

function View(_: PageProps<unknown>) {
  return <p>…</p>;
}
