// `deno task bench:overlay`: starts overlay_throughput.ts in namespaces of its own.

import { etcdMissing } from "../lab/etcd.ts";
import { buildFlanneld } from "../lab/flanneld/build.ts";
import { iperfMissing, runIsolated } from "./isolated_script.ts";

Deno.exitCode = await runIsolated(
  new URL("./overlay_throughput.ts", import.meta.url),
  "the overlay",
  () => etcdMissing() ?? iperfMissing() ?? buildFlanneld(),
);
