// A folder of Kubernetes objects as files: ordinary YAML or JSON, in folders within it too, in any order. What is of no
// use is told with its place; kinds that policies are not about are passed over.

import { type Kind, KINDS } from "../objects.ts";
import { fieldProblems } from "./object_schema.ts";
import { type FileObject, type FileProblem, pathText, readYaml } from "./yaml_file.ts";

/** An object that can be used. */
export interface FolderObject extends FileObject {
  readonly kind: Kind;
  /** Empty for kinds of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
}

export interface Folder {
  readonly objects: readonly FolderObject[];
  readonly problems: readonly FileProblem[];
  /** Kinds that were passed over, and how many of each. */
  readonly passedOver: ReadonlyMap<string, number>;
}

/** Bytes of a file, which is read whole. */
const FILE_LIMIT = 16 * 1024 * 1024;
const VERSIONS: Readonly<Record<Kind, string>> = {
  Namespace: "v1",
  Pod: "v1",
  Node: "v1",
  NetworkPolicy: "networking.k8s.io/v1",
  ClusterNetworkPolicy: "policy.networking.k8s.io/v1alpha2",
};
/** Policies that this program does not know: to pass over them would leave open what they close. */
const UNKNOWN_POLICY = /NetworkPolicy$/;

/**
 * Reads all of it.
 *
 * @param path of a folder, or of one file
 * @param mayBeEmpty whether a folder without files is no error
 * @throws {Error} a sentence, where there is nothing that can be read
 */
export function readFolder(path: string, mayBeEmpty = false): Folder {
  const objects: FolderObject[] = [];
  const problems: FileProblem[] = [];
  const passedOver = new Map<string, number>();
  const seen = new Map<string, FolderObject>();
  for (const file of filesOf(path, mayBeEmpty)) {
    const read = readFile(file);
    problems.push(...read.problems);
    for (const found of read.objects) {
      const sorted = sortObject(found);
      if ("passedOver" in sorted) {
        passedOver.set(sorted.passedOver, (passedOver.get(sorted.passedOver) ?? 0) + 1);
        continue;
      }
      problems.push(...sorted.problems);
      const { object } = sorted;
      if (object === undefined) continue;
      const before = seen.get(titleOf(object));
      if (before === undefined) {
        seen.set(titleOf(object), object);
        objects.push(object);
        continue;
      }
      const message = `is in ${before.file}:${before.lineOf([])} already`;
      problems.push({ ...placeOf(object, []), object: titleOf(object), message });
    }
  }
  return { objects, problems, passedOver };
}

/** `Pod shop/web`, `Namespace shop` */
export function titleOf({ kind, namespace, name }: Pick<FolderObject, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

function placeOf(found: FileObject, path: (string | number)[]): Pick<FileProblem, "file" | "document" | "line"> {
  return { file: found.file, document: found.document, line: found.lineOf(path) };
}

/** Sorted, so that what is told is the same each time. */
function filesOf(path: string, mayBeEmpty: boolean): string[] {
  const walk = (folder: string): string[] =>
    [...Deno.readDirSync(folder)].sort((one, other) => one.name < other.name ? -1 : 1).flatMap((entry) => {
      const inside = `${folder.replace(/\/$/, "")}/${entry.name}`;
      if (entry.name.startsWith(".")) return [];
      if (entry.isDirectory) return walk(inside);
      return /\.(ya?ml|json)$/.test(entry.name) ? [inside] : [];
    });
  let files: string[];
  try {
    files = Deno.statSync(path).isDirectory ? walk(path) : [path];
  } catch (error) {
    throw new Error(`Cannot read ${path} as ${(error as Error).message}`);
  }
  if (files.length === 0 && !mayBeEmpty) {
    throw new Error(`Cannot use ${path} as it has no file whose name ends in .yaml, .yml or .json`);
  }
  return files;
}

function readFile(file: string): ReturnType<typeof readYaml> {
  try {
    if (Deno.statSync(file).size > FILE_LIMIT) throw new Error(`it has more than ${FILE_LIMIT} bytes`);
    return readYaml(file, Deno.readTextFileSync(file));
  } catch (error) {
    return { objects: [], problems: [{ file, message: `Cannot be read: ${(error as Error).message}` }] };
  }
}

function sortObject(
  found: FileObject,
): { passedOver: string } | { problems: FileProblem[]; object?: FolderObject } {
  const problem = (path: (string | number)[], message: string) => ({
    problems: [{ ...placeOf(found, path), ...path.length > 0 && { path: pathText(path) }, message }],
  });
  const { json } = found;
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return problem([], "Cannot be used as it is no Kubernetes object");
  }
  const { kind, apiVersion, metadata } = json as Record<string, unknown>;
  if (typeof kind !== "string" || kind === "") return problem(["kind"], "is missing");
  const isOurs = isKind(kind) && (apiVersion === undefined || apiVersion === VERSIONS[kind]);
  if (!isOurs) {
    if (!UNKNOWN_POLICY.test(kind)) return { passedOver: kind };
    const known = `${VERSIONS.NetworkPolicy} NetworkPolicy and ${VERSIONS.ClusterNetworkPolicy} ClusterNetworkPolicy`;
    return problem(["apiVersion"], `is of no policy that is known: ${apiVersion} ${kind}; expected ${known}`);
  }
  const { name, namespace = "default" } = (metadata ?? {}) as Record<string, unknown>;
  const object: FolderObject = {
    ...found,
    kind,
    namespace: kind === "Pod" || kind === "NetworkPolicy" ? String(namespace) : "",
    name: String(name),
    // As kubectl does without --namespace.
    json: kind === "Pod" || kind === "NetworkPolicy" ? { ...json, metadata: { ...metadata ?? {}, namespace } } : json,
  };
  const problems = fieldProblems(kind, object.json).map(({ path, message }) => ({
    ...placeOf(found, [...path]),
    ...typeof name === "string" && { object: titleOf(object) },
    path: pathText(path),
    message,
  }));
  return problems.length > 0 ? { problems } : { problems, object };
}

function isKind(kind: string): kind is Kind {
  return (KINDS as readonly string[]).includes(kind);
}
