// The engines of a cluster's state, as they are installed: from the bundle, with the agent's permissions.

import { assert, assertEquals } from "@std/assert";
import { EtcdSite, etcdTest } from "../cluster/store/etcd/testing.ts";
import { KubernetesSite } from "../cluster/store/kubernetes/testing.ts";
import { CertificateAuthority, whyNoCertificates } from "../../test/lab/certificates.ts";
import { Buffer } from "node:buffer";
import { bundleInto } from "./bundle.ts";
import { agentPermissions, permissionFlags } from "./install/permissions.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const options = { sanitizeOps: false, sanitizeResources: false };

/** Bundles a program that opens the store of its argument and says which backend its network has. */
async function withProgram(body: (dir: string, ask: (store: unknown) => Promise<string>) => Promise<void>) {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.writeTextFile(
      `${dir}/main.ts`,
      `import { openStore } from ${JSON.stringify(`${ROOT}/runtime/cluster/store/open_store.ts`)};
      await using store = await openStore(JSON.parse(Deno.args[0]!));
      const { backendType } = await store.network(new AbortController().signal);
      Deno.stdout.writeSync(new TextEncoder().encode(backendType));`,
    );
    await bundleInto(ROOT, `${dir}/out`, [{ name: "program", entry: `${dir}/main.ts` }]);
    // Nothing of the checkout is to be needed.
    await Deno.remove(`${dir}/main.ts`);
    const flags = permissionFlags(agentPermissions({ prefix: `${dir}/out`, stateDir: `${dir}/state` }));
    await body(dir, async (store) => {
      const args = ["run", "--no-config", "--no-prompt", ...flags, `${dir}/out/program.js`, JSON.stringify(store)];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: dir }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout);
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test(
  "each engine is a chunk of its own, which Deno does not see before it is needed",
  options,
  () =>
    withProgram(async (dir) => {
      const chunks = [...Deno.readDirSync(`${dir}/out/chunks`)].map(({ name }) => name.replace(/-.*/, "")).sort();
      assertEquals(chunks.filter((name) => name !== "chunk"), ["etcd_store", "kubernetes_store", "static_store"]);
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["info", "--no-config", "--json", `${dir}/out/program.js`],
      }).output();
      const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
      assert(!modules.some(({ specifier }) => specifier.includes("_store-")), JSON.stringify(modules));
      assert(!(await Deno.readTextFile(`${dir}/out/program.js`)).includes("grpc"));
    }),
);

Deno.test("the static and the Kubernetes engine serve from the bundle", options, () =>
  withProgram(async (dir, ask) => {
    await Deno.mkdir(`${dir}/state`);
    const network = JSON.stringify({ Network: "10.5.0.0/16", Backend: { Type: "host-gw" } });
    await Deno.writeTextFile(`${dir}/state/network.json`, network);
    assertEquals(await ask({ type: "static", directory: `${dir}/state` }), "host-gw");
    await using site = await KubernetesSite.create();
    const kubeconfig = `${dir}/state/kubeconfig`;
    await Deno.writeTextFile(
      kubeconfig,
      `{current-context: x, contexts: [{name: x, context: {cluster: x, user: x}}], users: [{name: x, user: {}}],
        clusters: [{name: x, cluster: {server: "${site.api.server}"}}]}`,
    );
    const networkConfigFile = `${dir}/state/network.json`;
    assertEquals(await ask({ type: "kubernetes", kubeconfig, networkConfigFile }), "host-gw");
  }));

const why = await whyNoCertificates();

Deno.test({
  ...etcdTest("the etcd engine serves from the bundle"),
  ...options,
  fn: () =>
    withProgram(async (_dir, ask) => {
      await using site = await EtcdSite.create();
      assertEquals(await ask({ type: "etcd", endpoints: [site.server.endpoint] }), "vxlan");
    }),
});

const overTls = etcdTest(`the etcd engine serves from the bundle over TLS${why ? ` (skipped: ${why})` : ""}`);
Deno.test({
  ...overTls,
  ...options,
  ignore: overTls.ignore || why !== undefined,
  fn: () =>
    withProgram(async (dir, ask) => {
      await Deno.mkdir(`${dir}/state`);
      await using authority = await CertificateAuthority.create(`${dir}/state`);
      const { ca } = authority;
      const files = { ca, ...await authority.issue("both") };
      const [rootCertificate, privateKey, certChain] = [ca, files.key, files.cert].map((path) =>
        Buffer.from(Deno.readFileSync(path))
      ) as [Buffer, Buffer, Buffer];
      const credentials = { rootCertificate, privateKey, certChain };
      await using site = await EtcdSite.create(undefined, { tls: files }, { credentials });
      assertEquals(await ask({ type: "etcd", endpoints: [site.server.endpoint], ...files }), "vxlan");
    }),
});
