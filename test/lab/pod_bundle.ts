// The containers of a pod's manifest as OCI bundles, as a kubelet would have them run: what a manifest says is what is
// tried.

import { parseAllDocuments } from "yaml";
import type { BundleMount, BundleProcess } from "./oci_bundle.ts";
import { ENTRYPOINT, ENVIRONMENT } from "../../runtime/setup/image/image_config.ts";

/** What a pod's manifest has, as far as the project's own manifests use it. */
export interface PodSpec {
  readonly hostPID?: boolean;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
}

export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly add?: readonly string[] };
  };
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly mountPropagation?: string;
  }[];
}

interface Volume {
  readonly name: string;
  readonly hostPath?: { readonly path: string };
  readonly emptyDir?: unknown;
}

/** The template of the DaemonSet in a file. */
export async function podSpecIn(path: string): Promise<PodSpec> {
  const objects = parseAllDocuments(await Deno.readTextFile(path)).map((document) => document.toJS());
  return objects.find(({ kind }) => kind === "DaemonSet").spec.template.spec;
}

/**
 * What a container's bundle is.
 *
 * @param provided folders of the node for the volumes that a kubelet makes: ConfigMaps and projected ones
 */
export function bundleOf(
  pod: PodSpec,
  container: Container,
  provided: Readonly<Record<string, string>>,
): BundleProcess {
  const { privileged = false, readOnlyRootFilesystem = false, capabilities } = container.securityContext ?? {};
  const mounts = container.volumeMounts.map((mount): BundleMount => {
    const volume = pod.volumes.find(({ name }) => name === mount.name)!;
    const source = volume.emptyDir === undefined ? volume.hostPath?.path ?? provided[mount.name] : "";
    if (source === undefined) throw new Error(`Cannot run container ${container.name} without volume ${mount.name}`);
    return {
      source,
      path: mount.mountPath,
      readOnly: mount.readOnly ?? false,
      propagates: mount.mountPropagation === "HostToContainer",
    };
  });
  return {
    args: [...ENTRYPOINT, ...container.args ?? []],
    env: [...ENVIRONMENT, ...(container.env ?? []).map(({ name, value }) => `${name}=${value ?? "node-1"}`)],
    mounts,
    privileged,
    capabilities: (capabilities?.add ?? []).map((name) => `CAP_${name}`),
    readOnlyRoot: readOnlyRootFilesystem,
    hostPid: pod.hostPID ?? false,
  };
}
