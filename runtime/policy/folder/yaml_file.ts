// A file of YAML or JSON as the objects that it has, each with the places of its fields: so that whoever wrote it is told
// the line.

import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";

/** Keys and places in lists that lead to a field. */
export type Path = readonly (string | number)[];

/** An object of a file, whatever it is. */
export interface FileObject {
  readonly json: unknown;
  readonly file: string;
  /** Which of the documents that `---` parts, from 1. */
  readonly document: number;
  /** The line of a field, or of what comes nearest to it where it is missing; from 1. */
  lineOf(path: Path): number;
}

/** What is wrong with a file. */
export interface FileProblem {
  readonly file: string;
  readonly document?: number;
  readonly line?: number;
  /** `NetworkPolicy shop/web` */
  readonly object?: string;
  /** `spec.ingress[0].from[1].ipBlock.cidr` */
  readonly path?: string;
  /** Completes "it" where there is an object or a path; else a sentence of its own. */
  readonly message: string;
}

/** Reads what is in a file: objects, and those of `kind: List`. Empty documents are none. */
export function readYaml(file: string, text: string): { objects: FileObject[]; problems: FileProblem[] } {
  const lines = new LineCounter();
  const objects: FileObject[] = [];
  const problems: FileProblem[] = [];
  for (const [at, document] of [...parseAllDocuments(text, { lineCounter: lines })].entries()) {
    const place = { file, document: at + 1 };
    const [error] = document.errors;
    if (error !== undefined) {
      const [words = ""] = error.message.split(/ at line|\n/);
      problems.push({ ...place, line: lines.linePos(error.pos[0]).line, message: `Cannot be read as YAML: ${words}` });
      continue;
    }
    try {
      objects.push(...objectsOf(document as Document, place, lines));
    } catch (error) {
      problems.push({ ...place, message: `Cannot be read as YAML: ${(error as Error).message}` });
    }
  }
  return { objects, problems };
}

function objectsOf(
  document: Document,
  place: { readonly file: string; readonly document: number },
  lines: LineCounter,
): FileObject[] {
  const found: FileObject[] = [];
  const take = (json: unknown, path: Path) => {
    if (json === null || json === undefined) return;
    const { kind, items } = json as { kind?: unknown; items?: unknown };
    if (kind === "List" && Array.isArray(items)) {
      for (const [at, item] of items.entries()) take(item, [...path, "items", at]);
      return;
    }
    const lineOf = (field: Path) => lines.linePos(offsetOf(document.contents as Node, [...path, ...field])).line;
    found.push({ json, ...place, lineOf });
  };
  take(document.toJS(), []);
  return found;
}

/** Where a field begins: its key, or an item of a list. */
function offsetOf(root: Node | null, path: Path): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number" && isNode(node.items[step])) {
      node = node.items[step];
      offset = (node as Node).range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** `spec.ingress[0].ports`; keys that are no words are quoted: `metadata.labels["app.kubernetes.io/name"]`. */
export function pathText(path: Path): string {
  return path.map((step, at) => {
    if (typeof step === "number") return `[${step}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
    return at === 0 ? step : `.${step}`;
  }).join("");
}

/** What `pathText` made of it. */
export function parsePath(text: string): Path {
  const steps = text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g);
  return [...steps].map(([, index, quoted, word]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? word! : JSON.parse(quoted) as string;
  });
}

/** For people: `pods.yaml:12: Pod shop/web: status.podIPs[0].ip is no address: "10.0.0"`. */
export function problemText({ file, line, object, path, message }: FileProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  const what = object === undefined ? "" : `${object}: `;
  return `${place}: ${what}${path === undefined ? "" : `${path} `}${message}`;
}
