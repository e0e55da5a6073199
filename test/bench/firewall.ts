// `deno task bench:firewall`: starts firewall_kernel.ts in namespaces of its own.

import { iperfMissing, runIsolated } from "./isolated_script.ts";

Deno.exitCode = await runIsolated(
  new URL("./firewall_kernel.ts", import.meta.url),
  "what policies cost packets",
  iperfMissing,
);
