// podman's CNI backend: a network as podman itself writes it, our bridge and host-local with Debian's other plugins
// behind them.

import { assert, assertEquals } from "@std/assert";
import { IMAGE } from "../lab/busybox_image.ts";
import { Installation } from "../lab/installation.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { Podman, podmanMissing } from "../lab/podman.ts";
import { assertNothingLeft } from "./agents.ts";
import { GO_DIRECTORY, goMissing } from "./targets.ts";

/** What of `podman inspect` tells an address. */
const ADDRESS = '{{(index .NetworkSettings.Networks "green").IPAddress}}';

/** What a port of the node says to who connects. The server starts in the background. */
async function answerOf(node: Node, address: string, port: number): Promise<string> {
  let outcome = { code: 1, stdout: "", stderr: "" };
  for (let tries = 0; tries < 50 && outcome.stdout === ""; tries++) {
    outcome = await node.namespace.run(["busybox", "nc", "-w", "2", address, String(port)]);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return outcome.stdout.trim();
}

Deno.test({
  ...labTestNeeding(
    "podman: containers of a podman network reach each other, and leave nothing",
    podmanMissing() ?? goMissing(),
  ),
  fn: async () => {
    await using node = await Node.create();
    await using installation = await Installation.create(node);
    // podman cleans up from a process that has not its environment: the state's place is that of the installation.
    await installation.install();
    await using podman = await Podman.start(node, [installation.target.directory, GO_DIRECTORY]);
    const leases = async () =>
      (await installation.json<{ address: string }[]>("leases")).map(({ address }) => address).sort();

    await podman.must("network", "create", "--subnet", "10.23.0.0/24", "green");
    const a = await podman.runDetached(IMAGE, "--network", "green", "--publish", "18080:8080");
    const b = await podman.runDetached(IMAGE, "--network", "green");
    const ofA = await podman.must("inspect", "--format", ADDRESS, a);
    const ofB = await podman.must("inspect", "--format", ADDRESS, b);
    assertEquals([ofA, ofB].sort(), ["10.23.0.2", "10.23.0.3"]);
    assertEquals(await leases(), [ofA, ofB].sort());
    for (const [from, to] of [[a, ofB], [b, ofA], [a, "10.23.0.1"]] as const) {
      const answer = await podman.must("exec", from, "ping", "-c", "1", "-W", "2", to);
      assert(answer.includes("1 packets received"), answer);
    }

    await podman.must("exec", "--detach", a, "busybox", "nc", "-l", "-p", "8080", "-e", "echo", "hello");
    assertEquals(await answerOf(node, "10.23.0.1", 18080), "hello");

    await podman.must("rm", "--force", "--time", "0", a);
    assertEquals(await leases(), [ofB]);
    await podman.must("rm", "--force", "--time", "0", b);
    await podman.must("network", "rm", "green");
    assertEquals(await leases(), []);
    await assertNothingLeft(node);
  },
});
