// A Kubernetes API of a test's own, as a process: it has to listen inside a node's network namespace. Arguments are paths:
// of its certificate, its key, and a file with what there is. It writes its port, and ends with its standard input.

import { FakeKubernetes, type FakeObject } from "../lab/kubernetes_api.ts";

/** What there is at first. */
export interface ApiContents {
  readonly token: string;
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  /** By path of their kind. */
  readonly objects: Readonly<Record<string, readonly FakeObject[]>>;
}

if (import.meta.main) {
  const [cert, key, file] = await Promise.all(Deno.args.map((path) => Deno.readTextFile(path)));
  const contents: ApiContents = JSON.parse(file!);
  await using api = new FakeKubernetes({ cert: cert!, key: key! });
  api.token = contents.token;
  for (const [name, podCIDRs] of Object.entries(contents.nodes)) api.set(name, { podCIDRs });
  for (const [path, objects] of Object.entries(contents.objects)) {
    api.serve(path);
    for (const object of objects) api.put(path, object);
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${new URL(api.server).port}\n`));
  await new Response(Deno.stdin.readable).text();
}
