// Every page. The server renders them, the browser renders them again as their data changes.

import type { Page } from "./page.ts";
import { attachmentPage } from "./routes/attachment.tsx";
import { attachmentsPage } from "./routes/attachments.tsx";
import { eventsPage } from "./routes/events.tsx";
import { overviewPage } from "./routes/overview.tsx";
import { pluginsPage } from "./routes/plugins.tsx";
import { policyPage } from "./routes/policy.tsx";
import { poolPage } from "./routes/pool.tsx";
import { topologyPage } from "./routes/topology.tsx";

/** In the order of the navigation. */
// deno-lint-ignore no-explicit-any -- each page has data of its own
export const PAGES: readonly Page<any>[] = [
  overviewPage,
  poolPage,
  attachmentsPage,
  attachmentPage,
  topologyPage,
  policyPage,
  pluginsPage,
  eventsPage,
];
