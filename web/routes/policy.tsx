import { type Page, type PageProps, sameQuery } from "../page.ts";

export const policyPage: Page<unknown> = {
  name: "policy",
  path: "/policies",
  entry: "Policy",
  title: () => "Policy",
  api: sameQuery("/policy"),
  topics: ["attachments"],
  View,
};

function View(_: PageProps<unknown>) {
  return <p>…</p>;
}
