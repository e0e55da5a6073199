// A folder of Kubernetes objects, compiled: the table that a node gets for them, and what is wrong with them.

import type { Event, Rejection } from "cnidaria:cni/policy@0.3.0";
import { Ruleset, type TableContent } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import type { EnforcedPod } from "../enforced.ts";
import type { Compiler } from "../enforcer.ts";
import { eventOf, goneEvent, type Kind, KINDS, podEvent, readPod } from "../objects.ts";
import { keyOf } from "../world.ts";
import { type ContainerPort, containerPorts } from "./container_ports.ts";
import type { Folder, FolderObject } from "./folder.ts";
import { titleOf } from "./folder.ts";
import { type FileProblem, parsePath } from "./yaml_file.ts";

/** A pod that policies are about. */
export interface FolderPod extends EnforcedPod {
  /** Empty where none is given. */
  readonly node: string;
  readonly containerPorts: readonly ContainerPort[];
}

export interface FolderNode {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface CompiledFolder {
  /** Of the files and of the policies in them. What is wrong is not in the table. */
  readonly problems: readonly FileProblem[];
  readonly content: TableContent;
  readonly pods: readonly FolderPod[];
  readonly nodes: readonly FolderNode[];
  /** Of each kind that can be used. */
  readonly counts: Readonly<Record<Kind, number>>;
  /** What is no error, and may surprise: sentences. */
  readonly notes: readonly string[];
}

/**
 * Compiles all of it.
 *
 * @param compiler one that knows nothing
 * @param isLocal whether pods of a node are judged by the table
 * @throws {Error} where the compiler fails
 */
export function compileFolder(
  folder: Folder,
  compiler: Compiler,
  isLocal: (node: string) => boolean = () => true,
): CompiledFolder {
  const { problems, objects } = folder;
  const byKind = Map.groupBy(objects, ({ kind }) => kind);
  const ordered = KINDS.flatMap((kind) => byKind.get(kind) ?? []);
  const events = ordered.map((object): [Event, FolderObject] => [eventFor(object, isLocal), object]);
  const rejections = compiler.observe(events.map(([event]) => event));
  const content = new Ruleset();
  content.change(compiler.plan());
  const objectsByKey = new Map(events.map(([event, object]) => [`${object.kind} ${keyOf(event)}`, object]));
  const rejected = rejections.flatMap((rejection) => problemsOf(rejection, objectsByKey));
  const refused = new Set(rejected.map(({ object }) => object));
  return {
    problems: [...problems, ...rejected],
    content,
    pods: events.flatMap(([event, { json }]): FolderPod[] => {
      if (event.tag !== "pod") return [];
      const { name, addresses, ports, local } = event.val;
      const node = readPod(json)?.node ?? "";
      return [{ ...name, addresses, ports, local, node, containerPorts: containerPorts(json) }];
    }),
    nodes: events.flatMap(([{ tag, val }]) => tag === "node" ? [{ name: val.name, addresses: val.addresses }] : []),
    counts: Object.fromEntries(KINDS.map((kind) => {
      const all = byKind.get(kind) ?? [];
      return [kind, all.filter((object) => !refused.has(titleOf(object))).length];
    })) as Record<Kind, number>,
    notes: notesOf(folder, events),
  };
}

function eventFor({ kind, json }: FolderObject, isLocal: (node: string) => boolean): Event {
  if (kind !== "Pod") return eventOf(kind, json) ?? goneEvent(kind, json)!;
  const pod = readPod(json)!;
  const event = podEvent(pod, pod.node);
  return event.tag === "pod" ? { tag: "pod", val: { ...event.val, local: isLocal(pod.node) } } : event;
}

/** With the places of the fields. */
function problemsOf({ name, errors }: Rejection, objects: ReadonlyMap<string, FolderObject>): FileProblem[] {
  const kind: Kind = name.kind === "network-policy" ? "NetworkPolicy" : "ClusterNetworkPolicy";
  const object = objects.get(`${kind} ${keyOf({ tag: "policy-gone", val: name })}`);
  const title = titleOf({ kind, namespace: name.namespace, name: name.name });
  return errors.map(({ path, message }) => ({
    file: object?.file ?? "",
    ...object !== undefined && { document: object.document, line: object.lineOf(parsePath(path)) },
    object: title,
    path,
    message,
  }));
}

function notesOf({ objects, passedOver }: Folder, events: readonly [Event, FolderObject][]): string[] {
  const namespaces = new Set(objects.filter(({ kind }) => kind === "Namespace").map(({ name }) => name));
  const used = objects.filter(({ kind, namespace }) => kind === "Pod" && !namespaces.has(namespace));
  const unknown = [...new Set(used.map(({ namespace }) => namespace))].sort();
  const resting = events.filter(([{ tag }]) => tag === "pod-gone").map(([, object]) => titleOf(object));
  const kinds = [...passedOver].map(([kind, count]) => `${count} ${kind}`);
  return [
    ...unknown.length === 0
      ? []
      : [`there is no Namespace ${unknown.join(", ")}, in which there are pods: it has no label but its name`],
    ...resting.length === 0
      ? []
      : [`policies are not about ${resting.join(", ")}: without an address, finished, or of its node's own network`],
    ...kinds.length === 0 ? [] : [`passed over: ${kinds.join(", ")}`],
  ];
}
