// How a case is written: policies and changes step by step, and who then reaches whom.

import type { Cluster, Labels, NetworkPolicy, Protocol } from "../objects.ts";
import type { Probe } from "../prober.ts";

/**
 * Who reaches whom, of what a step has put in force: `x/a -> y: no`, `* -> x/a TCP 81: yes`. A pod, all of a namespace, or
 * everybody; protocol and port may be left out. At first everybody reaches everybody; later lines go before earlier ones.
 * Nothing is said of a pod and itself.
 */
export type Line = string;

export interface Step {
  /** Those that there are from now on. */
  readonly policies?: readonly NetworkPolicy[];
  readonly change?: (cluster: Cluster) => Cluster;
  readonly expect: readonly Line[];
}

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** @throws {Error} for a line that is none */
export function expectation(lines: readonly Line[]): (probe: Probe) => boolean | undefined {
  const read = lines.map((line) => {
    const found = /^(\S+) -> (\S+?)(?: (TCP|UDP|SCTP))?(?: (\d+))?: (yes|no)$/.exec(line);
    if (found === null) throw new Error(`Cannot read what is expected: ${line}`);
    const [, from, to, protocol, port, word] = found;
    return {
      isAbout: (probe: Probe) =>
        isOf(probe.from, from!) && isOf(probe.to, to!) && (protocol ?? probe.protocol) === probe.protocol &&
        Number(port ?? probe.port) === probe.port,
      allowed: word === "yes",
    };
  });
  return (probe) =>
    probe.from === probe.to ? undefined : read.findLast(({ isAbout }) => isAbout(probe))?.allowed ?? true;
}

function isOf(pod: string, who: string): boolean {
  return who === "*" || pod === who || pod.split("/")[0] === who;
}

export function labelPod(name: string, labels: Labels): (cluster: Cluster) => Cluster {
  return (cluster) => ({
    ...cluster,
    pods: cluster.pods.map((pod) =>
      `${pod.metadata.namespace}/${pod.metadata.name}` === name
        ? { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...labels } } }
        : pod
    ),
  });
}

export function labelNamespace(name: string, labels: Labels): (cluster: Cluster) => Cluster {
  return (cluster) => ({
    ...cluster,
    namespaces: cluster.namespaces.map((it) =>
      it.metadata.name === name
        ? { ...it, metadata: { ...it.metadata, labels: { ...it.metadata.labels, ...labels } } }
        : it
    ),
  });
}

/** Of the API's protocols, as names of cases have them. */
export function withProtocol(protocol: Protocol, name: string): string {
  return `${name} (${protocol})`;
}
