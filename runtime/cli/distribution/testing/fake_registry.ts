// For tests: a registry that serves one artifact, and answers as a test wants.

import type { Artifact } from "../blob.ts";
import { MANIFEST_TYPE } from "../blob.ts";

/** What a test answers in the registry's place; undefined leaves it to the registry. */
export type Answerer = (request: Request, url: URL) => Response | undefined | Promise<Response | undefined>;

export class FakeRegistry implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** `METHOD path?query authorization`, in their order. */
  readonly seen: string[] = [];

  /** @param artifact what its repository `guest` has, by the tag 1 */
  constructor(artifact: Artifact | undefined, answer: Answerer = () => undefined) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const url = new URL(request.url);
      const authorization = request.headers.get("authorization");
      this.seen.push(
        `${request.method} ${url.pathname}${url.search}${authorization === null ? "" : ` ${authorization}`}`,
      );
      return await answer(request, url) ?? served(artifact, url.pathname);
    });
  }

  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function served(artifact: Artifact | undefined, path: string): Response {
  const [, kind, name] = path.match(/^\/v2\/guest\/(manifests|blobs)\/(.+)$/) ?? [];
  if (kind === "manifests" && (name === "1" || name === artifact?.manifest.descriptor.digest)) {
    return new Response(artifact?.manifest.bytes, { headers: { "content-type": MANIFEST_TYPE } });
  }
  const blob = artifact?.blobs.find(({ descriptor }) => kind === "blobs" && descriptor.digest === name);
  return blob === undefined ? errorAnswer(404, "MANIFEST_UNKNOWN", "unknown") : new Response(blob.bytes);
}

/** As the specification has errors. */
export function errorAnswer(status: number, code: string, message: string, headers: HeadersInit = {}): Response {
  return Response.json({ errors: [{ code, message }] }, { status, headers });
}
