// Ports that a Pod's containers say they listen on, with names and without: what of a pod is worth asking about. Pure.

export interface ContainerPort {
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol: string;
  readonly port: number;
  /** Empty for one without. */
  readonly name: string;
}

/** @param json of a Pod that `fieldProblems` has nothing to say of */
export function containerPorts(json: unknown): ContainerPort[] {
  const { spec } = json as { spec?: { containers?: Container[]; initContainers?: Container[] | null } };
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...spec?.containers ?? [], ...sidecars].flatMap(({ ports }) => ports ?? [])
    .map(({ name = "", protocol = "TCP", containerPort }) => ({
      protocol: protocol.toLowerCase(),
      port: containerPort,
      name,
    }));
}

interface Container {
  readonly restartPolicy?: string;
  readonly ports?:
    | readonly { readonly name?: string; readonly protocol?: string; readonly containerPort: number }[]
    | null;
}
