// The example in Rust, allowed on an installation and run by a container runtime's protocol: in a real pod, on both
// engines.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Config, fail, succeed } from "../lab/cni_call.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import type { Namespace } from "../lab/namespace.ts";
import { Node } from "../lab/node.ts";
import { prepareCargo, rustMissing } from "../lab/rust.ts";
import { Guest } from "./guest.ts";
import { attachment, bridgeNetwork, VERSION } from "./networks.ts";

const routes = [{ dst: "10.77.0.0/16", gw: "10.22.0.254", mtu: 1400, priority: 40 }];
const config: Config = { cniVersion: VERSION, name: "blue", type: "cnidaria-pod-routes", routes };
/** What builds the example, jco and esbuild, ends when it likes. */
const builds = { sanitizeOps: false, sanitizeResources: false };

prepareCargo();

for (const engine of ["wasmtime", "v8"]) {
  Deno.test({
    ...builds,
    ...labTestNeeding(
      `${engine}: a plugin in Rust routes, checks and removes in a pod, once it is allowed`,
      rustMissing(),
    ),
    fn: async () => {
      await using guest = await Guest.create("pod-routes");
      await using node = await Node.create();
      const target = guest.target(engine);
      const pod = await node.pod();
      const at = attachment(pod);
      const prevResult = await succeed(target, node, "ADD", bridgeNetwork(node), at);
      const refused = await fail(target, node, "ADD", { ...config, prevResult }, at);
      assertEquals([refused.code, await routesTo(pod, "10.77.0.0/16")], [219, []]);
      const allowed = await guest.checkout(node, "allow", "pod-routes", "--yes");
      assertEquals(allowed.code, 0, allowed.stderr);

      const result = await succeed(target, node, "ADD", { ...config, prevResult }, at);
      assertEquals(result.routes?.at(-1)?.dst, "10.77.0.0/16");
      const [route, ...others] = await routesTo(pod, "10.77.0.0/16");
      assertEquals([route?.gateway, route?.dev, route?.metric, others], ["10.22.0.254", "eth0", 40, []]);
      await succeed(target, node, "CHECK", { ...config, prevResult: result }, at);
      await pod.ip("route del 10.77.0.0/16");
      const { code, msg } = await fail(target, node, "CHECK", { ...config, prevResult: result }, at);
      assert(code !== 0);
      assertStringIncludes(msg, "10.77.0.0/16");

      await pod.ip("route add 10.77.0.0/16 via 10.22.0.254 dev eth0 metric 40 mtu 1400");
      for (let times = 2; times > 0; times--) {
        await succeed(target, node, "DEL", { ...config, prevResult: result }, at);
        assertEquals(await routesTo(pod, "10.77.0.0/16"), []);
      }
      // A grant is for networks of the configuration's routes: the plugin itself refuses the default route.
      const all = { ...config, routes: [{ ...routes[0], dst: "0.0.0.0/0" }], prevResult };
      assertStringIncludes((await fail(target, node, "ADD", all, at)).msg, "the default route");
      await succeed(target, node, "DEL", bridgeNetwork(node), at);
    },
  });
}

function routesTo(pod: Namespace, dst: string): Promise<{ gateway: string; dev: string; metric: number }[]> {
  return pod.ipJson(`route show ${dst}`);
}
