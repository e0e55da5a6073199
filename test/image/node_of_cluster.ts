// A node on which the manifests' containers run: the image's files, the node's folders, and no kubelet.

import { parseAllDocuments } from "yaml";
import { ENTRYPOINT } from "../../runtime/setup/image/image_config.ts";
import { HostFiles } from "../lab/host_files.ts";
import type { Outcome } from "../lab/command.ts";
import { bundleCommand, type BundleProcess, ociRuntime, writeBundle } from "../lab/oci_bundle.ts";
import { bundleOf, type PodSpec, podSpecIn } from "../lab/pod_bundle.ts";
import { imageRootFs } from "./image.ts";

const MANIFESTS = new URL("../../examples/kubernetes/", import.meta.url).pathname;

/** Files by name. */
type Files = Readonly<Record<string, string>>;

/** What is other than in the manifest. */
type Change = (process: BundleProcess) => Partial<BundleProcess>;

const AS_IT_IS: Change = () => ({});

/** Other arguments than the manifest's. */
export const withArgs = (...args: readonly string[]): Change => () => ({ args: [...ENTRYPOINT, ...args] });

export class ClusterNode implements AsyncDisposable {
  #made = 0;

  private constructor(readonly host: HostFiles, readonly directory: string) {}

  /** @param account what the kubelet would give the pods' account */
  static async create(account: Files = { token: "none", "ca.crt": "none" }): Promise<ClusterNode> {
    // Not below /run, which is the node's own.
    const directory = await Deno.makeTempDir({ dir: "/tmp", prefix: "cnidaria-image-" });
    const node = new ClusterNode(await HostFiles.create(), directory);
    await imageRootFs(`${directory}/rootfs`);
    await node.#writeFolder("configuration", await configuration());
    await node.#writeFolder("account", account);
    return node;
  }

  /** Runs a container of a manifest to its end. */
  async run(manifest: string, container: string, change = AS_IT_IS): Promise<Outcome> {
    return await this.host.run(await this.#command(manifest, container, change), { limit: 60_000 });
  }

  /** Starts a container of a manifest. */
  async start(manifest: string, container: string, change = AS_IT_IS): Promise<Deno.ChildProcess> {
    return this.host.start(await this.#command(manifest, container, change));
  }

  async #command(manifest: string, container: string, change: Change): Promise<string[]> {
    const pod: PodSpec = await podSpecIn(`${MANIFESTS}${manifest}`);
    const found = [...pod.initContainers ?? [], ...pod.containers].find(({ name }) => name === container)!;
    const volumes = Object.fromEntries(["configuration", "account"].map((it) => [it, `${this.directory}/${it}`]));
    const name = `${container}-${Deno.pid}-${++this.#made}`;
    const bundle = `${this.directory}/${name}`;
    const process = bundleOf(pod, found, volumes);
    await writeBundle(bundle, `${this.directory}/rootfs`, { ...process, ...change(process) });
    return bundleCommand(ociRuntime()!, bundle, name);
  }

  async #writeFolder(name: string, files: Files): Promise<void> {
    await Deno.mkdir(`${this.directory}/${name}`);
    for (const [file, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${this.directory}/${name}/${file}`, text);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** The ConfigMap's data. */
async function configuration(): Promise<Files> {
  const text = await Deno.readTextFile(`${MANIFESTS}base/manifests/configuration.yaml`);
  return parseAllDocuments(text).map((document) => document.toJS()).find(({ kind }) => kind === "ConfigMap").data;
}
