// As much of the Kubernetes API as a node agent uses: objects of any kind, listed and watched, and nodes that are patched;
// with the ways in which a real one ends a watch.

/** A Node's parts that tests set. */
export interface FakeNode {
  readonly podCIDRs?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | null;
  readonly contentType: string | null;
  readonly body: string;
}

interface StoredNode {
  metadata: { name: string; resourceVersion: string; annotations: Record<string, string> };
  spec: { podCIDR?: string; podCIDRs?: readonly string[] };
}

/** An object of a kind other than Node. */
export interface FakeObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

type Stored = { metadata: { resourceVersion: string } };

interface Change {
  /** The collection's. */
  readonly path: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
  readonly version: number;
}

interface Watcher {
  readonly path: string;
  readonly stream: ReadableStreamDefaultController<Uint8Array>;
}

const NODES = "/api/v1/nodes";

const encoder = new TextEncoder();

/** Listens on the loopback device until the end of its `await using` scope. */
export class FakeKubernetes implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** The token that is accepted; any where there is none. */
  token: string | undefined;
  /** What every request is answered, where it is set. */
  failure: { readonly status: number; readonly message: string } | undefined;
  /** Nodes in one page of a list, whatever was asked for. */
  page = 500;
  /** Whether requests are taken and not answered. */
  silent = false;
  readonly #nodes = new Map<string, StoredNode>();
  /** By path of their kind, then by namespace and name. */
  readonly #objects = new Map<string, Map<string, Stored>>([[NODES, this.#nodes]]);
  #changes: Change[] = [];
  #version = 100;
  /** Changes up to this one are forgotten. */
  #forgotten = 0;
  readonly #watchers = new Set<Watcher>();
  readonly #held: (() => void)[] = [];
  #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #port: number;

  constructor(private readonly tls: { readonly cert: string; readonly key: string } | undefined = undefined) {
    this.#server = this.#serve(0);
    this.#port = this.#server.addr.port;
  }

  get server(): string {
    return `${this.tls ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  annotationsOf(name: string): Readonly<Record<string, string>> {
    return this.#nodes.get(name)!.metadata.annotations;
  }

  /** Makes a node, or changes it. */
  set(name: string, { podCIDRs, annotations = {} }: FakeNode): void {
    const type = this.#nodes.has(name) ? "MODIFIED" : "ADDED";
    const spec = podCIDRs === undefined ? {} : { podCIDR: podCIDRs[0]!, podCIDRs };
    const metadata = { name, resourceVersion: String(++this.#version), annotations: { ...annotations } };
    const node = { metadata, spec };
    this.#nodes.set(name, node);
    this.#tell({ path: NODES, type, object: node, version: this.#version });
  }

  /** There is such a kind from now on. @param path `/apis/networking.k8s.io/v1/networkpolicies` */
  serve(...paths: readonly string[]): void {
    for (const path of paths) if (!this.#objects.has(path)) this.#objects.set(path, new Map());
  }

  /** Makes an object, or changes it. */
  put(path: string, object: FakeObject): void {
    this.serve(path);
    const objects = this.#objects.get(path)!;
    const key = keyOf(object.metadata);
    const type = objects.has(key) ? "MODIFIED" : "ADDED";
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    objects.set(key, stored);
    this.#tell({ path, type, object: stored, version: this.#version });
  }

  remove(path: string, name: string, namespace?: string): void {
    const key = keyOf({ name, ...namespace !== undefined && { namespace } });
    const object = this.#objects.get(path)!.get(key)!;
    this.#objects.get(path)!.delete(key);
    object.metadata.resourceVersion = String(++this.#version);
    this.#tell({ path, type: "DELETED", object, version: this.#version });
  }

  delete(name: string): void {
    const node = this.#nodes.get(name)!;
    this.#nodes.delete(name);
    node.metadata.resourceVersion = String(++this.#version);
    this.#tell({ path: NODES, type: "DELETED", object: node, version: this.#version });
  }

  /** Something else changes, and watchers are told the version alone. */
  bookmark(): void {
    this.#version++;
    const object = { kind: "Node", metadata: { resourceVersion: String(this.#version) } };
    this.#send({ path: NODES, type: "BOOKMARK", object, version: this.#version });
  }

  /** Forgets all changes: who asks for them is answered 410. */
  forget(): void {
    this.#forgotten = this.#version;
    this.#changes = [];
  }

  /** Tells watchers, within the watch, that their place is gone. */
  expire(): void {
    this.forget();
    const object = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
    for (const path of this.#objects.keys()) this.#send({ path, type: "ERROR", object, version: this.#version });
    this.disconnect();
  }

  /** Ends all watches. */
  disconnect(): void {
    for (const { stream } of this.#watchers) stream.close();
    this.#watchers.clear();
  }

  /** Writes something that is no JSON to all watchers. */
  garbage(text: string): void {
    for (const { stream } of this.#watchers) stream.enqueue(encoder.encode(text));
  }

  /** Nobody listens any more. */
  async stop(): Promise<void> {
    this.disconnect();
    for (const letGo of this.#held.splice(0)) letGo();
    await this.#server.shutdown();
  }

  /** Listens again, at the same port. */
  start(): void {
    this.#server = this.#serve(this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    const options = { hostname: "127.0.0.1", port, onListen: () => {} };
    return Deno.serve(this.tls ? { ...options, ...this.tls } : options, (request) => this.#answer(request));
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname: path, searchParams: query } = new URL(request.url);
    const { method, headers } = request;
    const authorization = headers.get("authorization");
    const contentType = headers.get("content-type");
    this.requests.push({ method, path, query, authorization, contentType, body: await request.text() });
    if (this.silent) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.failure !== undefined) return status(this.failure.status, this.failure.message);
    if (this.token !== undefined && authorization !== `Bearer ${this.token}`) return status(401, "Unauthorized");
    const objects = this.#objects.get(path);
    if (objects !== undefined) {
      return query.get("watch") === "true" ? this.#watch(path, query) : this.#list(objects, query);
    }
    const [, name, sub] = /^\/api\/v1\/nodes\/([^/]+)(\/status)?$/.exec(path) ?? [];
    if (name === undefined) return status(404, "the server could not find the requested resource");
    const node = this.#nodes.get(name);
    if (node === undefined) return status(404, `nodes "${name}" not found`);
    if (method === "GET") return Response.json(node);
    if (method !== "PATCH" || sub === undefined) return status(403, `nodes "${name}" is forbidden`);
    return this.#patch(node, this.requests.at(-1)!.body);
  }

  #patch(node: StoredNode, body: string): Response {
    const { metadata } = JSON.parse(body) as { metadata: { annotations: Record<string, string> } };
    const annotations = { ...node.metadata.annotations, ...metadata.annotations };
    this.set(node.metadata.name, { ...node.spec.podCIDRs && { podCIDRs: node.spec.podCIDRs }, annotations });
    return Response.json(this.#nodes.get(node.metadata.name));
  }

  #list(objects: ReadonlyMap<string, Stored>, query: URLSearchParams): Response {
    const from = Number(query.get("continue") ?? 0);
    const all = [...objects.values()];
    const end = from + Math.min(this.page, Number(query.get("limit") ?? all.length));
    const more = end < all.length ? { continue: String(end) } : {};
    const metadata = { resourceVersion: String(this.#version), ...more };
    return Response.json({ kind: "List", apiVersion: "v1", metadata, items: all.slice(from, end) });
  }

  #watch(path: string, query: URLSearchParams): Response {
    const since = Number(query.get("resourceVersion"));
    if (since < this.#forgotten) return status(410, `too old resource version: ${since} (${this.#forgotten})`);
    let own: Watcher;
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        own = { path, stream };
        this.#watchers.add(own);
        for (const change of this.#changes) {
          if (change.path === path && change.version > since) stream.enqueue(line(change));
        }
      },
      cancel: () => void this.#watchers.delete(own),
    });
    return new Response(body, { headers: { "content-type": "application/json" } });
  }

  #tell(change: Change): void {
    // As it is now: the node may change again before somebody asks for this.
    const kept = { ...change, object: structuredClone(change.object) };
    this.#changes.push(kept);
    this.#send(kept);
  }

  #send(change: Change): void {
    for (const { path, stream } of this.#watchers) if (path === change.path) stream.enqueue(line(change));
  }
}

function keyOf({ namespace = "", name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function line({ type, object }: Change): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${JSON.stringify({ type, object })}\n`);
}

function status(code: number, message: string): Response {
  return Response.json({ kind: "Status", apiVersion: "v1", status: "Failure", message, code }, { status: code });
}
