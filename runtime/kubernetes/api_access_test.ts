import { assertEquals, assertThrows } from "@std/assert";
import { StoreError } from "../cluster/store/store.ts";
import { fromKubeconfig, inCluster } from "./api_access.ts";

async function withFiles(files: Record<string, string>, body: (directory: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${directory}/${name}`, text);
    body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const config = (cluster: string, user: string) => `
apiVersion: v1
kind: Config
current-context: here
contexts:
  - name: elsewhere
    context: { cluster: other, user: nobody }
  - name: here
    context: { cluster: site, user: agent }
clusters:
  - name: site
    cluster: ${cluster}
users:
  - name: agent
    user: ${user}
`;

Deno.test("in a pod: address of the environment, token of the file at each time", () =>
  withFiles({ token: "one\n", "ca.crt": "" }, (directory) => {
    const env: Record<string, string> = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    const access = inCluster((name) => env[name], directory);
    assertEquals([access.server, access.token()], ["https://[fd00::1]:443", "one"]);
    Deno.writeTextFileSync(`${directory}/token`, "two\n");
    assertEquals(access.token(), "two");
  }));

Deno.test("in no pod: the sentence says what to name", () => {
  assertThrows(() => inCluster(() => undefined), StoreError, '"store.kubeconfig"');
});

Deno.test("a kubeconfig: its current context, a token of its own or of a file", () =>
  withFiles({
    token: "from a file\n",
    one: config("{ server: 'https://10.0.0.1:6443/' }", "{ token: written }"),
  }, (directory) => {
    const one = fromKubeconfig(`${directory}/one`);
    assertEquals([one.server, one.token()], ["https://10.0.0.1:6443", "written"]);
    Deno.writeTextFileSync(
      `${directory}/two`,
      config("{ server: 'http://10.0.0.1' }", `{ tokenFile: ${directory}/token }`),
    );
    assertEquals(fromKubeconfig(`${directory}/two`).token(), "from a file");
    Deno.writeTextFileSync(`${directory}/three`, config("{ server: 'http://10.0.0.1' }", "{}"));
    assertEquals(fromKubeconfig(`${directory}/three`).token(), undefined);
  }));

for (
  const [name, text, words] of [
    ["no YAML", "a: [", "it is no YAML"],
    ["nothing", "", "is invalid"],
    ["no such context", "current-context: x\ncontexts: []\nclusters: []\nusers: []", 'it has no context "x"'],
    ["no address", config("{ server: nowhere }", "{}"), 'its key "clusters[site].cluster.server" is invalid'],
    [
      "no check of certificates",
      config("{ server: 'https://x', insecure-skip-tls-verify: true }", "{}"),
      "insecure-skip",
    ],
    ["a program", config("{ server: 'https://x' }", "{ exec: { command: aws } }"), "the agent starts no programs"],
  ] as const
) {
  Deno.test(`a kubeconfig with ${name} is refused, with file and key`, () =>
    withFiles({ config: text }, (directory) => {
      const error = assertThrows(() => fromKubeconfig(`${directory}/config`), StoreError, words);
      assertEquals(error.message.startsWith(`Cannot use the kubeconfig ${directory}/config as `), true, error.message);
    }));
}

Deno.test("no kubeconfig: the sentence names it", () => {
  assertThrows(() => fromKubeconfig("/nowhere/config"), StoreError, "Cannot read /nowhere/config");
});
