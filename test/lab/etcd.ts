// etcd of a test's own, Debian's `etcd-server`. Tests speak to it through its JSON gateway over a socket file, since it
// may listen in a namespace that this process is not in.

import { decodeBase64, encodeBase64 } from "./base64.ts";
import { Daemon } from "./daemon.ts";
import type { Namespace } from "./namespace.ts";

const PROGRAM = "/usr/bin/etcd";
/** etcd 3.4 takes a socket only as `unix://host:port`, which is a file of that name in its working directory. */
const CLIENT_SOCKET = "localhost:1";
const PEER_SOCKET = "localhost:2";

export interface EtcdStart {
  /** Where it runs; this process's own namespace where none is given. */
  readonly namespace?: Namespace;
  /** Where it keeps its data and its sockets; made where it is missing. */
  readonly directory: string;
  /** `address:port` for clients. */
  readonly listen: string;
}

/** Why there is no etcd here; undefined where it is installed. */
export function etcdMissing(): string | undefined {
  try {
    Deno.statSync(PROGRAM);
    return undefined;
  } catch {
    return "needs Debian's etcd-server";
  }
}

/** An entry. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Id of the lease that it ends with; "0" or missing where it has none. */
  readonly lease?: string;
}

/** Runs until the end of its `await using` scope; its data stay in the directory. */
export class Etcd implements AsyncDisposable {
  readonly endpoint: string;
  readonly #how: EtcdStart;
  #daemon: Daemon;

  private constructor(how: EtcdStart, daemon: Daemon) {
    this.#how = how;
    this.#daemon = daemon;
    this.endpoint = `http://${how.listen}`;
  }

  /** Starts it and waits until it answers. @throws {Error} with its log */
  static async start(how: EtcdStart): Promise<Etcd> {
    await Deno.mkdir(how.directory, { recursive: true });
    const etcd = new Etcd(how, launch(how));
    await etcd.#isReady();
    return etcd;
  }

  async #isReady(): Promise<void> {
    try {
      await this.#daemon.until("it answers", () => this.get("/").then(() => true, () => false));
    } catch (error) {
      await this.#daemon.end("SIGKILL");
      throw error;
    }
  }

  async put(key: string, value: string): Promise<void> {
    await this.call("kv/put", { key: encodeBase64(key), value: encodeBase64(value) });
  }

  /** Undefined where there is no such key. */
  async get(key: string): Promise<string | undefined> {
    return (await this.#range({ key: encodeBase64(key) }))[0]?.value;
  }

  /** Every entry whose key starts so. */
  list(prefix: string): Promise<KeyValue[]> {
    const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    return this.#range({ key: encodeBase64(prefix), range_end: encodeBase64(end) });
  }

  async delete(key: string): Promise<void> {
    await this.call("kv/deleterange", { key: encodeBase64(key) });
  }

  async #range(request: Record<string, string>): Promise<KeyValue[]> {
    const { kvs = [] } = await this.call<{ kvs?: { key: string; value?: string; lease?: string }[] }>(
      "kv/range",
      request,
    );
    return kvs.map(({ key, value = "", ...rest }) => ({ key: decodeBase64(key), value: decodeBase64(value), ...rest }));
  }

  /** A method of the JSON gateway, as `kv/put`. @throws {Error} with etcd's answer */
  async call<T>(method: string, request: unknown): Promise<T> {
    using client = Deno.createHttpClient({
      proxy: { transport: "unix", path: `${this.#how.directory}/${CLIENT_SOCKET}` },
    });
    const options = { method: "POST", body: JSON.stringify(request), client, signal: AbortSignal.timeout(5000) };
    const response = await fetch(`http://etcd/v3/${method}`, options);
    const text = await response.text();
    if (!response.ok) throw new Error(`Cannot do ${method} in etcd as it answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#daemon.end("SIGKILL");
  }

  /** Starts it again with the data that it had. */
  async restart(): Promise<void> {
    await this.#daemon.end("SIGKILL");
    this.#daemon = launch(this.#how);
    await this.#isReady();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.end("SIGKILL");
  }
}

function launch({ namespace, directory, listen }: EtcdStart): Daemon {
  for (const socket of [CLIENT_SOCKET, PEER_SOCKET]) removeIfThere(`${directory}/${socket}`);
  const argv = [
    ...[PROGRAM, "--data-dir", `${directory}/data`, "--log-level", "warn", "--logger", "zap"],
    ...["--listen-client-urls", `http://${listen},unix://${CLIENT_SOCKET}`],
    ...["--advertise-client-urls", `http://${listen}`],
    ...["--listen-peer-urls", `unix://${PEER_SOCKET}`, "--initial-advertise-peer-urls", `unix://${PEER_SOCKET}`],
    ...["--initial-cluster", `default=unix://${PEER_SOCKET}`],
  ];
  return Daemon.start(argv, namespace, { cwd: directory });
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
