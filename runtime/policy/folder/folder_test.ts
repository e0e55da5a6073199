import { assertEquals, assertThrows } from "@std/assert";
import { type Folder, readFolder, titleOf } from "./folder.ts";
import { parsePath, pathText, problemText } from "./yaml_file.ts";

/** What a folder with these files is read as; `DIR` is its path in what is told. */
function read(files: Record<string, string>): Folder & { readonly told: string[] } {
  const dir = Deno.makeTempDirSync();
  try {
    for (const [name, text] of Object.entries(files)) {
      Deno.mkdirSync(`${dir}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeTextFileSync(`${dir}/${name}`, text);
    }
    const folder = readFolder(dir);
    return { ...folder, told: folder.problems.map((it) => problemText(it).replaceAll(dir, "DIR")) };
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec: { podSelector: {} }
`;

Deno.test("objects of all files are read, in folders too, whatever else is there", () => {
  const { objects, told, passedOver } = read({
    "b/policy.yml": `---\n${POLICY}---\n# nothing\n---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\n`,
    "a.json": JSON.stringify({
      kind: "List",
      apiVersion: "v1",
      items: [
        { kind: "Namespace", metadata: { name: "shop" } },
        { kind: "List", items: [{ kind: "Pod", metadata: { name: "web" } }] },
      ],
    }),
    "notes.txt": "no: [object",
    ".hidden.yaml": "no: [object",
  });
  assertEquals(objects.map(titleOf), ["Namespace shop", "Pod default/web", "NetworkPolicy shop/web"]);
  assertEquals([told, [...passedOver]], [[], [["Service", 1]]]);
  assertEquals((objects[1]!.json as { metadata: unknown }).metadata, { name: "web", namespace: "default" });
});

Deno.test("each problem is told with its file, line, object and field", () => {
  const { told, objects } = read({
    "bad.yaml": `kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    app.kubernetes.io/version: 1
spec:
  containers:
    - ports:
        - { name: http, protocol: tcp, containerPort: 80 }
        - containerPort: 70000
status:
  podIPs:
    - ip: 10.0.0
---
kind: Namespace
metadata: {}
---
kind: NetworkPolicy
metadata: { name: empty }
---
- a list
`,
    "broken.yaml": "kind: Pod\nmetadata:\n  name: [web\n",
    "twice.yaml": `${POLICY}---\n${POLICY}`,
  });
  assertEquals(told, [
    'DIR/bad.yaml:6: Pod shop/web: metadata.labels["app.kubernetes.io/version"] is 1: expected string',
    'DIR/bad.yaml:10: Pod shop/web: spec.containers[0].ports[0].protocol is "tcp": expected "TCP" or "UDP" or "SCTP"',
    "DIR/bad.yaml:11: Pod shop/web: spec.containers[0].ports[1].containerPort is no port: 70000",
    'DIR/bad.yaml:14: Pod shop/web: status.podIPs[0].ip is no address: "10.0.0"',
    "DIR/bad.yaml:17: metadata.name is missing",
    "DIR/bad.yaml:19: NetworkPolicy default/empty: spec is missing",
    "DIR/bad.yaml:22: Cannot be used as it is no Kubernetes object",
    "DIR/broken.yaml:4: Cannot be read as YAML: Flow sequence in block collection must be sufficiently indented and " +
    "end with a ]",
    "DIR/twice.yaml:6: NetworkPolicy shop/web: is in DIR/twice.yaml:1 already",
  ]);
  assertEquals(objects.map(titleOf), ["NetworkPolicy shop/web"]);
});

Deno.test("policies that are not known are no objects to pass over", () => {
  const { told, passedOver } = read({
    "a.yaml": "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: { name: a }\n",
    "b.yaml": "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: a }\n",
    "c.yaml": "apiVersion: example.org/v1\nkind: Node\nmetadata: { name: a }\n",
  });
  assertEquals(told.map((line) => line.replace(/; expected.*/, "")), [
    "DIR/a.yaml:1: apiVersion is of no policy that is known: policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy",
    "DIR/b.yaml:1: apiVersion is of no policy that is known: projectcalico.org/v3 NetworkPolicy",
  ]);
  assertEquals([...passedOver.keys()], ["Node"]);
});

Deno.test("a folder without files, or none at all, is told", () => {
  assertThrows(() => read({}), Error, "has no file whose name ends in .yaml");
  assertThrows(() => readFolder("/nowhere/at/all"), Error, "Cannot read /nowhere/at/all as");
});

Deno.test("paths are written and read", () => {
  for (const text of ["spec.ingress[0].from[1].ipBlock.cidr", 'metadata.labels["a.b/c"]', "spec", "spec[3][4].x"]) {
    assertEquals(pathText(parsePath(text)), text);
  }
  assertEquals(parsePath('a["b.c"][2].d'), ["a", "b.c", 2, "d"]);
});
