import { type Page, type PageProps, sameQuery } from "../page.ts";

export const eventsPage: Page<unknown> = {
  name: "events",
  path: "/events",
  entry: "Events",
  title: () => "Events",
  api: sameQuery("/events"),
  topics: ["attachments"],
  View,
};

function View(_: PageProps<unknown>) {
  return <p>…</p>;
}
