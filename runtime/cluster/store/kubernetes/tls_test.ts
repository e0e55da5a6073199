// The API over TLS, with what a kubeconfig says.

import { assertEquals, assertRejects } from "@std/assert";
import { CertificateAuthority, whyNoCertificates } from "../../../../test/lab/certificates.ts";
import { FakeKubernetes } from "../../../../test/lab/kubernetes_api.ts";
import { StoreError } from "../store.ts";
import { KubernetesStore } from "./kubernetes_store.ts";

const why = await whyNoCertificates();
const { signal } = new AbortController();

Deno.test({
  name: why === undefined ? "kubernetes: over TLS" : `kubernetes: over TLS (skipped: ${why})`,
  ignore: why !== undefined,
  fn: async () => {
    await using authority = await CertificateAuthority.create();
    await using stranger = await CertificateAuthority.create();
    const { cert, key } = await authority.issue("server");
    await using api = new FakeKubernetes({ cert: Deno.readTextFileSync(cert), key: Deno.readTextFileSync(key) });
    api.set("n1", { podCIDRs: ["10.5.3.0/24"] });
    api.token = "secret";
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${directory}/net-conf.json`, '{"Network":"10.5.0.0/16"}');
      const store = async (cluster: string) => {
        await Deno.writeTextFile(
          `${directory}/config`,
          `{current-context: x, contexts: [{name: x, context: {cluster: x, user: x}}], clusters: [{name: x, cluster: ${cluster}}], users: [{name: x, user: {token: secret}}]}`,
        );
        return KubernetesStore.open({
          kubeconfig: `${directory}/config`,
          networkConfigFile: `${directory}/net-conf.json`,
        });
      };
      const data = btoa(Deno.readTextFileSync(authority.ca));
      for (
        const trusted of [
          `{server: "${api.server}", certificate-authority: ${authority.ca}}`,
          `{server: "${api.server}", certificate-authority-data: ${data}}`,
        ]
      ) {
        await using it = await store(trusted);
        const own = await it.acquire({ node: "n1", earlier: [] }, await it.network(), signal);
        assertEquals(own.ipv4, "10.5.3.0/24");
      }
      await using other = await store(`{server: "${api.server}", certificate-authority: ${stranger.ca}}`);
      const network = await other.network();
      const error = await assertRejects(() => other.acquire({ node: "n1", earlier: [] }, network, signal), StoreError);
      assertEquals((error as StoreError).kind, "unreachable");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
