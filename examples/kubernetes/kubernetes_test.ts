// The manifests, read as the API server reads them and built as kustomize builds them, and held to the program that they
// start. `test/image` runs their containers.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { readClusterOptions } from "../../runtime/cluster/cluster_options.ts";
import { PROGRAM_VERSION } from "../../runtime/program_version.ts";
import { readPolicyOptions } from "../../runtime/policy/policy_options.ts";
import { must } from "../../test/lab/command.ts";
import { podSpecIn } from "../../test/lab/pod_bundle.ts";
import {
  buildKustomization,
  type KubernetesObject,
  kubernetesSchemaMissing,
  readManifests,
} from "../../test/lab/kubernetes_schema.ts";

const folder = new URL(".", import.meta.url).pathname;
const MANIFESTS = ["account", "configuration", "daemonset"].map((name) => `${folder}base/manifests/${name}.yaml`);
const UNINSTALL = `${folder}uninstall/daemonset.yaml`;
const missing = kubernetesSchemaMissing();

function schemaTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: missing === undefined ? name : `${name} (skipped: ${missing})`,
    ignore: missing !== undefined,
    fn,
  });
}

const names = (objects: readonly KubernetesObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

// deno-lint-ignore no-explicit-any
const daemonSet = (objects: readonly KubernetesObject[]): any => objects.find(({ kind }) => kind === "DaemonSet");

/** The ConfigMap's data as files in a folder of their own. */
async function configured(objects: readonly KubernetesObject[], body: (dir: string) => void): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const data = objects.find(({ kind }) => kind === "ConfigMap")!["data"] as Record<string, string>;
    for (const [name, text] of Object.entries(data)) await Deno.writeTextFile(`${dir}/${name}`, text);
    body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

schemaTest("the API has every field of the manifests", async () => {
  assertEquals(names(await readManifests([...MANIFESTS, UNINSTALL])), [
    "ServiceAccount cnidaria",
    "ClusterRole cnidaria",
    "ClusterRoleBinding cnidaria",
    "ConfigMap cnidaria",
    "DaemonSet cnidaria",
    "DaemonSet cnidaria-uninstall",
  ]);
});

for (
  const [what, from, to, why] of [
    [
      "a field that the API has not",
      "hostNetwork: true",
      "hostNet: true",
      /unknown field "spec.template.spec.hostNet"/,
    ],
    [
      "a field at the wrong level",
      "  updateStrategy:",
      "  hostPID: true\n  updateStrategy:",
      /unknown field "spec.hostPID"/,
    ],
    ["a value of another type", "privileged: true", 'privileged: "yes"', /cannot unmarshal string/],
    ["a field twice", "      hostPID: true", "      hostPID: true\n      hostPID: true", /"hostPID" already set/],
  ] as const
) {
  schemaTest(`a manifest that is wrong is refused: ${what}`, async () => {
    const text = await Deno.readTextFile(MANIFESTS[2]!);
    assert(text.includes(from));
    const path = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      await Deno.writeTextFile(path, text.replace(from, to));
      await assertRejects(() => readManifests([path]), Error);
      assertMatch(await readManifests([path]).then(() => "", (error: Error) => error.message), why);
    } finally {
      await Deno.remove(path);
    }
  });
}

schemaTest("the kustomize base is what `kubectl apply -f` of the folder applies", async () => {
  const sorted = (objects: KubernetesObject[]) => objects.sort((a, b) => names([a])[0]! < names([b])[0]! ? -1 : 1);
  assertEquals(sorted(await buildKustomization(`${folder}base`)), sorted(await readManifests(MANIFESTS)));
});

schemaTest("the overlay of a cluster of one's own has its image and its network, and keeps all else", async () => {
  const objects = await buildKustomization(`${folder}overlays/own-cluster`);
  const { initContainers, containers } = daemonSet(objects).spec.template.spec;
  for (const { image } of [...initContainers, ...containers]) {
    assertEquals(image, `registry.example.com/network/cnidaria:${PROGRAM_VERSION}`);
  }
  await configured(objects, (dir) => {
    assertEquals(JSON.parse(Deno.readTextFileSync(`${dir}/net-conf.json`)).Network, "10.128.0.0/14");
    assertEquals(readPolicyOptions(`${dir}/policy.json`, () => "n").log, { group: 100, perSecond: 10 });
    assertEquals(readClusterOptions(`${dir}/cluster.json`, () => "n").store.type, "kubernetes");
    JSON.parse(Deno.readTextFileSync(`${dir}/10-cnidaria.conflist`));
  });
});

schemaTest("the overlay beside flanneld takes no part in the network", async () => {
  const { initContainers, containers } =
    daemonSet(await buildKustomization(`${folder}overlays/flannel`)).spec.template.spec;
  assertEquals(containers[0].args, ["agent", "--http=127.0.0.1:9477", "--policy=/etc/cnidaria/policy.json"]);
  assertEquals(initContainers[0].args.slice(-2), ["--drop-in=bridge,host-local", "--force"]);
});

schemaTest("an overlay whose patch fits nothing is refused", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await must(["cp", "-r", `${folder}base`, dir]);
    const patch = "patches: [{ target: { kind: DaemonSet }, patch: '[{ op: remove, path: /spec/none }]' }]";
    await Deno.writeTextFile(`${dir}/kustomization.yaml`, `resources: [base]\n${patch}\n`);
    await assertRejects(() => buildKustomization(dir), Error);
    await Deno.writeTextFile(`${dir}/kustomization.yaml`, "resources: [../none.yaml]\n");
    await assertRejects(() => buildKustomization(dir), Error, "none.yaml");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

schemaTest(
  "the configurations are what the agent reads, and the network configuration names what is installed",
  async () => {
    const objects = await readManifests(MANIFESTS);
    await configured(objects, (dir) => {
      const cluster = readClusterOptions(`${dir}/cluster.json`, (name) => name === "NODE_NAME" ? "n" : undefined);
      assertEquals([cluster.node, cluster.store.type], ["n", "kubernetes"]);
      assertEquals(readPolicyOptions(`${dir}/policy.json`, () => "n").source, { type: "kubernetes" });
      const { plugins } = JSON.parse(Deno.readTextFileSync(`${dir}/10-cnidaria.conflist`));
      assertEquals(plugins.map(({ type }: { type: string }) => type), ["cnidaria-flannel", "cnidaria-portmap"]);
    });
    const { initContainers, containers } = daemonSet(objects).spec.template.spec;
    const data = objects.find(({ kind }) => kind === "ConfigMap")!["data"] as Record<string, string>;
    const files = [...initContainers[0].args, ...containers[0].args].flatMap((it: string) =>
      /\/etc\/cnidaria\/(.+)$/.exec(it)?.[1] ?? []
    );
    assertEquals(files, ["10-cnidaria.conflist", "cluster.json", "policy.json"]);
    for (const file of files) assert(file in data, file);
  },
);

schemaTest("the agent's account may do what the agent asks of the API, and no more", async () => {
  const objects = await readManifests([...MANIFESTS, `${folder}../policy/rbac.yaml`]);
  type Rule = { apiGroups: string[]; resources: string[]; verbs: string[] };
  const granted = (name: string) =>
    (objects.find((it) => it.kind === "ClusterRole" && it.metadata.name === name)!["rules"] as Rule[])
      .flatMap(({ apiGroups, resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${apiGroups[0]}/${resource}`))
      );
  const overlay = ["get /nodes", "list /nodes", "watch /nodes", "patch /nodes/status"];
  const wanted = new Set([...overlay, ...granted("cnidaria-policy")]);
  assertEquals(new Set(granted("cnidaria")), wanted);
});

Deno.test("each container's volumes are the pod's, each of the pod's is used, and the image is this release's", async () => {
  for (const path of [MANIFESTS[2]!, UNINSTALL]) {
    const pod = await podSpecIn(path);
    const containers = [...pod.initContainers ?? [], ...pod.containers];
    const used = new Set(containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
    assertEquals([...used].sort(), pod.volumes.map(({ name }) => name).sort());
    const images = containers.map((it) => (it as unknown as { image: string }).image);
    for (const image of images.filter((it) => it.startsWith("cnidaria"))) {
      assertEquals(image, `cnidaria:${PROGRAM_VERSION}`);
    }
  }
});
