// `deno task demo`: real pods as network namespaces, attached, pinged, checked and released through the CNI protocol.
//
//   --keep     leaves the pods, and the dashboard, until Ctrl-C
//
// Everything happens in a network and mount namespace of its own, which goes when the demo ends: the machine's own
// network is not touched. Without root it tries a user namespace. The dashboard's socket is led to a port of the machine's
// own loopback address, so that its browser reaches it.

import { parseArgs } from "node:util";
import { httpSocket } from "./dashboard_agent.ts";
import { forward } from "./forward.ts";
import { isolationFor } from "./isolation.ts";

const isolation = isolationFor(Deno.uid());
if (isolation.kind === "impossible") {
  await Deno.stderr.write(new TextEncoder().encode(`Cannot run the demo as ${isolation.why}\n${isolation.advice}\n`));
  Deno.exit(1);
}

const { keep } = parseArgs({ args: Deno.args, options: { keep: { type: "boolean", default: false } } }).values;
const root = await Deno.makeTempDir({ prefix: "cnidaria-demo-" });
// Ctrl-C is for the demo inside, which tidies up; this waits for it.
Deno.addSignalListener("SIGINT", () => {});
let code = 1;
try {
  await using port = forward(httpSocket(root));
  const child = new Deno.Command("unshare", {
    args: [
      ...isolation.flags,
      Deno.execPath(),
      "run",
      "--allow-all",
      new URL("./pods.ts", import.meta.url).pathname,
      root,
      `http://127.0.0.1:${port.port}/`,
      ...keep ? ["keep"] : [],
    ],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  ({ code } = await child.status);
} finally {
  await Deno.remove(root, { recursive: true });
}
Deno.exit(code);
