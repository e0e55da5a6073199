// ipMasq with real traffic: a host outside, which knows no way to pods, tells who spoke to it.

import { assert, assertEquals, assertFalse } from "@std/assert";
import { succeed } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import { OUTSIDE, UPLINK } from "../lab/node.ts";
import { eachTarget } from "./each_target.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

const PORT = "4242";

/** What netcat at `listener` hears when `speaker` says hello, and the source address it came from. */
async function sourceSeen(listener: Namespace, address: string, speaker: Namespace): Promise<string> {
  const server = listener.start(["busybox", "nc", "-l", "-p", PORT, "-e", "sh", "-c", "env"], { env: { LC_ALL: "C" } });
  try {
    for (let tries = 0; tries < 20; tries++) {
      const { stdout } = await speaker.run(["busybox", "nc", "-w", "2", address, PORT], { limit: 5000 });
      const peer = /NCREMADDR=(\S+)/.exec(stdout)?.[1] ?? /PEERADDR=(\S+)/.exec(stdout)?.[1];
      if (peer) return peer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return "";
  } finally {
    try {
      server.kill("SIGKILL");
    } catch { /* it has ended by itself */ }
    await server.output();
  }
}
