// A node with an agent whose dashboard a browser can reach, and pods that come and go on it.

import { labTestNeeding } from "../lab/isolation.ts";
import { Agent } from "../lab/agent.ts";
import { type Attachment, type Config, succeed, type Target } from "../lab/cni_call.ts";
import { Node } from "../lab/node.ts";
import { forward } from "../../examples/demo/forward.ts";
import { throughAgent } from "../e2e/targets.ts";
import { attachment, bridgeNetwork } from "../e2e/networks.ts";
import { noBrowser, TestBrowser } from "./browser.ts";

export interface Dashboard {
  readonly target: Target;
  readonly node: Node;
  readonly agent: Agent;
  readonly browser: TestBrowser;
  readonly network: Config;
  /** ADDs a pod, whose namespace is `shop`. */
  add(name: string, network?: Config): Promise<Attachment>;
  del(attachment: Attachment): Promise<void>;
}

const candidate = throughAgent();

export const QUIET = ["--gc-interval", "0", "--repair-interval", "0"];

/** @param options of the agent */
export function dashboardTest(
  name: string,
  body: (dashboard: Dashboard, t: Deno.TestContext) => Promise<void>,
  options: (node: Node) => readonly string[] = () => QUIET,
): void {
  Deno.test({
    ...labTestNeeding(`dashboard: ${name}`, noBrowser ?? candidate.missing),
    fn: async (t) => {
      const target = await candidate.ready();
      await using node = await Node.create();
      await using agent = await Agent.start(target, node, options(node));
      await using port = forward(`${node.directory}/http.sock`);
      await using browser = await TestBrowser.start(`http://127.0.0.1:${port.port}`);
      const network = bridgeNetwork(node);
      await body({
        target,
        node,
        agent,
        browser,
        network,
        async add(name, of = network) {
          const args = `K8S_POD_NAMESPACE=shop;K8S_POD_NAME=${name}`;
          const added = attachment(await node.pod(), { args });
          await succeed(target, node, "ADD", of, added);
          return added;
        },
        del: async (added) => void await succeed(target, node, "DEL", network, added),
      }, t);
    },
  });
}
