// `deno task demo`: real pods as network namespaces, attached, pinged, checked and released through the CNI protocol.
//
// Everything happens in a network and mount namespace of its own, which goes when the demo ends: the machine's own
// network is not touched. Without root it tries a user namespace.

import { isolationFor } from "./isolation.ts";

const isolation = isolationFor(Deno.uid());
if (isolation.kind === "impossible") {
  await Deno.stderr.write(new TextEncoder().encode(`Cannot run the demo as ${isolation.why}\n${isolation.advice}\n`));
  Deno.exit(1);
}

const child = new Deno.Command("unshare", {
  args: [
    ...isolation.flags,
    Deno.execPath(),
    "run",
    "--allow-all",
    new URL("./pods.ts", import.meta.url).pathname,
    ...Deno.args,
  ],
  stdin: "null",
  stdout: "inherit",
  stderr: "inherit",
}).spawn();
Deno.exit((await child.status).code);
