// `deno task bench:overlay`: starts overlay_throughput.ts in namespaces of its own.

import { etcdMissing } from "../lab/etcd.ts";
import { buildFlanneld } from "../lab/flanneld/build.ts";
import { isolated } from "../runner/isolate.ts";

const script = new URL("./overlay_throughput.ts", import.meta.url).pathname;
const { argv: [program = "", ...args], why } = isolated([Deno.execPath(), "run", "-A", script]);
const missing = why ?? etcdMissing() ?? iperfMissing() ?? await buildFlanneld();
if (missing !== undefined) {
  await Deno.stderr.write(new TextEncoder().encode(`Cannot measure the overlay: ${missing}\n`));
  Deno.exit(1);
}
const directory = await Deno.makeTempDir({ prefix: "cnidaria-bench-" });
try {
  const child = new Deno.Command(program, { args, env: { TMPDIR: directory }, stdin: "null" }).spawn();
  Deno.exitCode = (await child.status).code;
} finally {
  await Deno.remove(directory, { recursive: true });
}

function iperfMissing(): string | undefined {
  try {
    Deno.statSync("/usr/bin/iperf3");
    return undefined;
  } catch {
    return "needs iperf3";
  }
}
