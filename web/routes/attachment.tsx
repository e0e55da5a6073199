import { type Page, type PageProps, sameQuery } from "../page.ts";

export const attachmentPage: Page<unknown> = {
  name: "attachment",
  path: "/attachments/:network/:container/:ifname",
  title: () => "Attachment",
  api: sameQuery("/attachment"),
  topics: ["attachments"],
  View,
};

function View(_: PageProps<unknown>) {
  return <p>…</p>;
}
