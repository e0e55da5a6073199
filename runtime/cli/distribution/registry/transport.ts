// HTTP to a registry: with an own certificate authority, within bounds of size and time, and with redirections followed
// such that credentials stay with the host that they are for.

import { CommandFailure } from "../../output.ts";
import { fromHere } from "../../plugin/subject.ts";

export interface TransportOptions {
  /** PEM file with certificates of authorities that are trusted besides those that Deno knows. */
  readonly ca?: string | undefined;
  /** Milliseconds in which something must arrive. */
  readonly idleMs?: number;
}

export interface Request {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Bytes that an answer may have. */
  readonly limit: number;
}

export interface Answer {
  /** Who answered: it may have been asked for by a redirection. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const REDIRECTIONS = 5;
/** A body goes out without a sign of progress: so an upload gets time for 64 MiB at 256 KiB a second. */
const UPLOAD_MS = 256_000;

export class Transport implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #idleMs: number;

  /** @throws {CommandFailure} if the authority's file cannot be used */
  constructor(options: TransportOptions) {
    this.#idleMs = options.idleMs ?? 30_000;
    const path = options.ca ?? (Deno.env.get("SSL_CERT_FILE") || undefined);
    if (path === undefined) {
      this.#client = Deno.createHttpClient({});
      return;
    }
    try {
      const text = Deno.readTextFileSync(fromHere(path));
      if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error("it has no certificate as PEM");
      this.#client = Deno.createHttpClient({ caCerts: [text] });
    } catch (error) {
      throw new CommandFailure(`Cannot use ${path} as a certificate authority: ${(error as Error).message}`);
    }
  }

  /** @throws {Error} saying why there is no answer; an answer with any status is one */
  async send(request: Request): Promise<Answer> {
    let { url, headers = {} } = request;
    for (let left = REDIRECTIONS;; left--) {
      const answer = await this.#once({ ...request, url, headers });
      const location = answer.headers.get("location");
      const redirected = [301, 302, 303, 307, 308].includes(answer.status) && location !== null;
      if (!redirected || (request.method !== "GET" && request.method !== "HEAD")) return answer;
      if (left === 0) throw new Error(`it redirected more than ${REDIRECTIONS} times`);
      const next = new URL(location, url);
      this.refuseOther(next, url);
      if (next.host !== url.host) headers = without(headers, "authorization");
      url = next;
    }
  }

  /**
   * @param url that was named
   * @param by the one that named it
   * @throws {Error} if it is not to be asked: HTTPS is never left, whatever a registry says
   */
  refuseOther(url: URL, by: URL): void {
    if (url.protocol === "https:" || (by.protocol === "http:" && url.protocol === "http:")) return;
    throw new Error(`it names ${url.protocol}//${url.host}, which is not encrypted`);
  }

  async #once({ method, url, headers, body, limit }: Request): Promise<Answer> {
    const abort = new AbortController();
    let seconds = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = (ms: number) => {
      clearTimeout(timer);
      seconds = ms / 1000;
      timer = setTimeout(() => abort.abort(), ms);
    };
    try {
      patience(body === undefined ? this.#idleMs : Math.max(this.#idleMs, UPLOAD_MS));
      const init = { method, redirect: "manual", signal: abort.signal, client: this.#client } as const;
      const response = await fetch(url, {
        ...init,
        ...headers !== undefined && { headers },
        ...body !== undefined && { body },
      });
      const parts: Uint8Array[] = [];
      let size = 0;
      for await (const part of response.body ?? []) {
        patience(this.#idleMs);
        size += part.length;
        if (size > limit) throw new Error(`it answers with more than ${limit} bytes`);
        parts.push(part);
      }
      return { url, status: response.status, headers: response.headers, bytes: joined(parts, size) };
    } catch (error) {
      throw new Error(abort.signal.aborted ? `nothing came for ${seconds} s` : reason(error as Error));
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** Deno wraps what has happened in what it was doing, as the cause of `fetch failed`. */
function reason(error: Error): string {
  const { message } = error.cause instanceof Error ? error.cause : error;
  const text = message.replace(/^error sending request for url \([^)]*\)(?: \([^)]*\))?: /, "")
    .replace(/^client error \(\w+\): /, "").replace(/^(?:dns|tcp connect) error: /, "");
  if (/UnknownIssuer/.test(text)) return `${text}: --ca FILE names its certificate authority`;
  if (/InvalidContentType/.test(text)) {
    return "it does not speak TLS: --plain-http is for registries without it, and http:// for such mirrors";
  }
  return text;
}

function without(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key.toLowerCase() !== name));
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
