// Where HTTP is answered: a TCP port, or a socket of the UNIX domain that only its owner can use.

import type { Hono } from "hono";
import { HostCallError } from "../../host-funcs/error.ts";
import { makePrivateFolder } from "./private_folder.ts";
import { removerOf } from "./socket_file.ts";

/** The metrics tell of pods and networks: who else is to read them has to be said. */
const LOOPBACK = "127.0.0.1";
/** Milliseconds that an answer under way has as the agent ends. */
const LAST_ANSWERS_MS = 1_000;
/** Milliseconds until a server that has failed is started anew. */
const AGAIN_MS = 1_000;

/** PEM: what encrypts. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Whether nobody but this machine gets to it. */
export function isLocal(at: string): boolean {
  return at.startsWith("/") || ["127.0.0.1", "::1", "localhost"].includes(parseAddress(at).hostname);
}

/**
 * @param at `HOST:PORT`, `[ADDRESS]:PORT`, `:PORT` on the loopback address, or an absolute path
 * @param tell is told where answering had to be begun anew, in one sentence
 * @throws {HostCallError} if it is none of them, or cannot be had
 */
export function listenHttp(
  at: string,
  app: Hono,
  tell: (message: string) => void = () => {},
  tls?: TlsFiles,
): HttpListener {
  try {
    return at.startsWith("/") ? listenAtPath(at, app, tell) : listenAtPort(parseAddress(at), app, tell, tls);
  } catch (error) {
    if (error instanceof HostCallError) throw error;
    throw new HostCallError("io", `Cannot answer HTTP at ${at}: ${(error as Error).message}`);
  }
}

function listenAtPath(path: string, app: Hono, tell: (message: string) => void): HttpListener {
  makePrivateFolder(path);
  refuseOtherFiles(path);
  // It gets its name when it is its owner's alone. As it is closed Deno removes the name that it was made by.
  const made = `${path}.${Deno.pid}`;
  let remove = () => {};
  const serve = () => {
    const server = Deno.serve({ path: made, onListen: () => {} }, (request) => app.fetch(request));
    Deno.chmodSync(made, 0o600);
    Deno.renameSync(made, path);
    remove = removerOf(path);
    return server;
  };
  return new HttpListener(() => path, serve, tell, () => remove());
}

function listenAtPort(
  address: { hostname: string; port: number },
  app: Hono,
  tell: (message: string) => void,
  tls: TlsFiles | undefined,
) {
  const { hostname } = address;
  let { port } = address;
  const serve = () => {
    const server = Deno.serve({ hostname, port, ...tls, onListen: () => {} }, (request) => app.fetch(request));
    port = server.addr.port;
    return server;
  };
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return new HttpListener(() => `${host}:${port}`, serve, tell, () => {});
}

/** Answers until it is disposed of. */
export class HttpListener implements AsyncDisposable {
  #server: Deno.HttpServer;
  #ends = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly where: () => string,
    private readonly serve: () => Deno.HttpServer,
    private readonly tell: (message: string) => void,
    private readonly remove: () => void,
  ) {
    this.#server = this.#started();
  }

  get address(): string {
    return this.where();
  }

  /** Deno gives a server up that could not accept a connection, for want of descriptors say; calls are to go on. */
  #started(): Deno.HttpServer {
    const server = this.serve();
    server.finished.catch((error) => {
      if (this.#ends) return;
      this.tell(`HTTP is answered anew at ${this.address}, as it had ended: ${(error as Error).message}`);
      this.#later();
    });
    return server;
  }

  #later(): void {
    this.#timer = setTimeout(() => {
      try {
        this.#server = this.#started();
      } catch {
        this.#later();
      }
    }, AGAIN_MS);
  }

  /** A client that never takes its answer does not keep the agent, whose process ends after this. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends = true;
    clearTimeout(this.#timer);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => timer = setTimeout(resolve, LAST_ANSWERS_MS));
    await Promise.race([this.#server.shutdown().catch(() => {}), late]);
    clearTimeout(timer);
    this.remove();
  }
}

function parseAddress(at: string): { hostname: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(at);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new HostCallError("invalid", `Cannot answer HTTP at ${at}: expected HOST:PORT or the path of a socket`);
  }
  return { hostname: match[1] || match[2] || LOOPBACK, port };
}

/** A socket is one that an earlier agent has left; a file of another kind is somebody's. */
function refuseOtherFiles(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket === true) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new HostCallError("exists", `Cannot answer HTTP at ${path} as there is a file that is no socket: move it away`);
}
