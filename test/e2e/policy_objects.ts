// What network policies are made from, as a folder that an agent reads.

import type { Node } from "../lab/node.ts";

export const NODE = "n1";

/** A folder of objects as the source. */
export class Objects {
  readonly folder: string;

  constructor(private readonly node: Node) {
    this.folder = `${node.directory}/objects`;
    Deno.mkdirSync(this.folder, { recursive: true });
    this.write("namespaces", [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }]);
  }

  write(name: string, objects: readonly unknown[]): void {
    // A file that is replaced as a whole is never read by halves.
    const path = `${this.folder}/${name}.json`;
    Deno.writeTextFileSync(`${path}.new`, JSON.stringify({ kind: "List", items: objects }));
    Deno.renameSync(`${path}.new`, path);
  }

  remove(name: string): void {
    Deno.removeSync(`${this.folder}/${name}.json`);
  }

  pod(name: string, labels: Record<string, string>, nodeName = NODE): void {
    const metadata = { namespace: "shop", name, labels };
    this.write(`pod-${name}`, [{ apiVersion: "v1", kind: "Pod", metadata, spec: { nodeName } }]);
  }

  policy(name: string, spec: unknown): void {
    const metadata = { namespace: "shop", name };
    this.write(`policy-${name}`, [{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec }]);
  }

  /** Arguments for an agent. */
  agent(more: Record<string, unknown> = {}): string[] {
    const path = `${this.node.directory}/policy.json`;
    const source = { type: "folder", path: this.folder };
    Deno.writeTextFileSync(path, JSON.stringify({ node: NODE, source, compareSeconds: 1, ...more }));
    return ["--policy", path, "--gc-interval", "0", "--repair-interval", "0"];
  }
}
