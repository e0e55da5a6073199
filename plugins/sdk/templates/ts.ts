// What `cnidaria plugin new NAME` writes: a chained plugin that works. It gives the pod routes of its own.

/** Where the SDK is, as an author's editor and `deno test` have to find it. */
export interface SdkPlaces {
  /** deno.json of the checkout: its import map has the SDK and what that needs. */
  readonly config: string;
  /** Types of the contract. */
  readonly types: string;
}

/** The files of a plugin in TypeScript, by their path in its folder. */
export function typescriptTemplate(name: string, places: SdkPlaces): Record<string, string> {
  return {
    "plugin.json": pluginJson(name),
    "config.ts": CONFIG,
    "plugin.ts": pluginTs(name),
    "plugin_test.ts": pluginTest(name),
    "example.conflist": exampleConflist(name),
    "README.md": readme(name),
    "deno.json": denoJson(places),
    ".gitignore": "dist/\n",
  };
}

function pluginJson(name: string): string {
  const manifest = {
    name,
    version: "0.1.0",
    description: "Gives pods routes of their own",
    imports: ["routes"],
    grants: { links: { container: ["${ifname}"] }, routes: { container: ["0.0.0.0/0", "::/0"] } },
    limits: { timeMs: 5000, hostCalls: 100 },
  };
  return JSON.stringify(manifest, null, 2) + "\n";
}

const CONFIG =
  `// The plugin's options: their types, their validation, and the table in the README come from this schema.

import { fields, listOf, options, type OptionsOf, required, withDefault } from "@cnidaria/sdk";

export const schema = options({
  destinations: required(listOf(fields.cidr, "a list of networks"), "Networks that the pod reaches by \`gateway\`."),
  gateway: required(fields.address, "Next hop. It must be on a network of the pod's."),
  priority: withDefault(fields.integer(0, 4294967295), 0, "Metric of the routes; lower is better."),
});

export type Config = OptionsOf<typeof schema>;
`;

function pluginTs(name: string): string {
  return `// ${name}: a chained plugin. What it may do to a node is in plugin.json, and nothing else is possible to it.

import * as routes from "cnidaria:cni/routes@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import {
  attempt,
  definePlugin,
  familyOf,
  invalidConfig,
  networkOf,
  parseConfig,
  previousResult,
  refuseDifferences,
} from "@cnidaria/sdk";
import { type Config, schema } from "./config.ts";

export const cni = definePlugin({
  add(at, text) {
    const config = parseConfig(schema, text);
    const result = previousResult(at);
    const wanted = routesOf(at, config);
    for (const route of wanted) {
      // What fails here is the error of the ADD, and everything that was made before is taken back by the host.
      attempt(\`add the route to \${route.dst}\`, () => routes.add("container", route));
    }
    const added = wanted.map(({ dst, gateway, priority }) => ({ dst, gw: gateway, ...priority && { priority } }));
    return { ...result, routes: [...result.routes, ...added] };
  },

  check(at, text) {
    const config = parseConfig(schema, text);
    const present = attempt("read the pod's routes", () => routes.list("container", undefined));
    const missing = routesOf(at, config).filter(({ dst, gateway }) =>
      !present.some((route) => route.dst === dst && route.gateway === gateway && route.link === at.ifname)
    );
    refuseDifferences(at, missing.map(({ dst, gateway }) => \`\${at.ifname} lacks the route to \${dst} via \${gateway}\`));
  },

  // DEL has nothing to do: the routes go with the interface.

  status(_network, text) {
    parseConfig(schema, text);
  },
});

/** As the kernel is to have them. @throws {CniError} code 7 */
function routesOf(at: Attachment, { destinations, gateway, priority }: Config) {
  return destinations.map((destination) => {
    if (familyOf(destination) !== familyOf(gateway)) {
      throw invalidConfig(\`destinations must be of the family of gateway \${gateway}, but one is \${destination}\`);
    }
    const dst = networkOf(destination);
    return { dst, gateway, link: at.ifname, onlink: false, ...priority !== 0 && { priority } };
  });
}
`;
}

function pluginTest(name: string): string {
  return `import { assertEquals, assertMatch } from "@std/assert";
import { assertEveryFaultIsUndone, assertReadmeIsCurrent, errorOf, testNodes } from "@cnidaria/sdk/testing";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL(".", import.meta.url));
const config = { destinations: ["192.0.2.0/24", "198.51.100.0/24"], gateway: "10.1.0.9" };

/** A node in memory, and a pod on it that another plugin has attached. */
function attached() {
  const node = newNode();
  const pod = node.pod();
  pod.attached({ addresses: ["10.1.0.5/16"], gateways: ["10.1.0.1"] });
  return { node, pod };
}

Deno.test("${name} adds a route for each destination, and says so in the result", async () => {
  const { node, pod } = attached();
  using _ = node;
  const result = await pod.add(config);
  assertEquals(result.routes?.map(({ dst }) => dst), ["0.0.0.0/0", "192.0.2.0/24", "198.51.100.0/24"]);
  assertEquals(node.callNames, ["routes.add", "routes.add"]);
  assertEquals(node.state().filter((line) => line.includes("via 10.1.0.9")).length, 2);
});

Deno.test("${name} CHECK finds a route that someone removed", async () => {
  const { node, pod } = attached();
  using _ = node;
  // An address in a network stands for the network.
  await pod.add({ ...config, destinations: ["192.0.2.7/24"] });
  await pod.check({ ...config, destinations: ["192.0.2.7/24"] });
  pod.functions.routes.remove("container", { dst: "192.0.2.0/24", link: "eth0", onlink: false });
  assertMatch((await errorOf(pod.check(config))).message, /192\\.0\\.2\\.0\\/24/);
});

Deno.test("${name} DEL succeeds, also once the pod has gone", async () => {
  const { node, pod } = attached();
  using _ = node;
  await pod.add(config);
  pod.end();
  await pod.del(config);
});

Deno.test("${name} refuses a configuration that is wrong, and names the key", async () => {
  const { node, pod } = attached();
  using _ = node;
  for (const wrong of [{ gateway: "10.1" }, { destinations: ["2001:db8::/32"] }]) {
    const failure = await errorOf(pod.add({ ...config, ...wrong }));
    assertEquals(failure.code, 7);
    assertMatch(failure.message, /gateway/);
  }
});

Deno.test("${name} whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(() => {
    const { node, pod } = attached();
    return { node, run: () => pod.add(config) };
  });
});

Deno.test("${name} the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
`;
}

function exampleConflist(name: string): string {
  const list = {
    cniVersion: "1.1.0",
    name: "example",
    plugins: [
      { type: "bridge", isGateway: true, ipam: { type: "host-local", subnet: "10.1.0.0/24" } },
      { type: name, destinations: ["192.0.2.0/24"], gateway: "10.1.0.9" },
    ],
  };
  return JSON.stringify(list, null, 2) + "\n";
}

function readme(name: string): string {
  return `# ${name}

Gives pods routes of their own. It comes after the plugin that makes the interface, see \`example.conflist\`.

<!-- options -->
<!-- /options -->

DEL needs to do nothing: the routes go with the interface. CHECK names each route that is missing (code 100).
`;
}

function denoJson({ config, types }: SdkPlaces): string {
  const json = {
    importMap: config,
    nodeModulesDir: "none",
    lock: false,
    compilerOptions: {
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      types: [types],
    },
    fmt: { lineWidth: 120 },
  };
  return JSON.stringify(json, null, 2) + "\n";
}
