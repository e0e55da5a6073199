// A client of registries. Source: the OCI distribution specification 1.1.
//
// Of npm's clients @snyk/docker-registry-v2-client cannot push, docker-registry-client and its fork at Renovate rest on
// packages that are unmaintained (restify-clients).

import { CommandFailure } from "../../output.ts";
import { type Artifact, type Blob, blobOf, type BlobSource, MANIFEST_LIMIT, MANIFEST_TYPE } from "../blob.ts";
import type { Place } from "../reference.ts";
import type { Authorized } from "./authorized.ts";
import type { Answer, Request } from "./transport.ts";

/** Bytes of an answer that is no content: an error's text. */
const TALK_LIMIT = 1024 * 1024;

export class Repository {
  readonly #base: URL;
  /** For messages. */
  readonly name: string;

  constructor(private readonly http: Authorized, private readonly place: Place) {
    const host = place.host === "docker.io" ? "registry-1.docker.io" : place.host;
    const path = place.host === "docker.io" && !place.repository.includes("/")
      ? `library/${place.repository}`
      : place.repository;
    this.#base = new URL(`${place.plainHttp ? "http:" : "https:"}//${host}/v2/${path}/`);
    this.name = `${place.host}/${place.repository}`;
  }

  /**
   * @param reference a tag or a digest
   * @returns undefined where there is none
   * @throws {CommandFailure}
   */
  async manifest(reference: string): Promise<Blob | undefined> {
    const what = `the manifest ${reference} from ${this.name}`;
    const headers = { accept: MANIFEST_TYPE };
    const answer = await this.#send("get", what, "pull", {
      ...{ method: "GET", url: this.#url(`manifests/${reference}`), headers, limit: MANIFEST_LIMIT },
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused("get", what, answer);
    const type = (answer.headers.get("content-type") ?? MANIFEST_TYPE).replace(/\s*;.*/, "");
    if (type !== MANIFEST_TYPE) {
      throw new CommandFailure(`Cannot use ${what} as it is no plugin's, but of type ${type}`);
    }
    const blob = await blobOf(MANIFEST_TYPE, answer.bytes);
    if (!reference.startsWith("sha256:") || blob.descriptor.digest === reference) return blob;
    throw new CommandFailure(`Cannot use ${what} as what came has the digest ${blob.descriptor.digest}`);
  }

  /** Gets blobs; whoever asks verifies them. */
  readonly blob: BlobSource = async ({ digest, size }) => {
    const what = `the blob ${digest} from ${this.name}`;
    const answer = await this.#send("get", what, "pull", {
      ...{ method: "GET", url: this.#url(`blobs/${digest}`), limit: Math.max(size, TALK_LIMIT) },
    });
    if (answer.status !== 200) throw refused("get", what, answer);
    return answer.bytes;
  };

  /** Blobs first, so that no manifest is there without what it names. */
  async push({ manifest, blobs }: Artifact, reference: string): Promise<void> {
    for (const blob of blobs) await this.#pushBlob(blob);
    const what = `the manifest ${reference} to ${this.name}`;
    const answer = await this.#send("put", what, "push", {
      method: "PUT",
      url: this.#url(`manifests/${reference}`),
      headers: { "content-type": MANIFEST_TYPE },
      body: manifest.bytes,
      limit: TALK_LIMIT,
    });
    if (answer.status !== 201) throw refused("put", what, answer);
  }

  async #pushBlob({ descriptor: { digest }, bytes }: Blob): Promise<void> {
    const what = `the blob ${digest} to ${this.name}`;
    const send = (request: Omit<Request, "limit">) =>
      this.#send("put", what, "push", { ...request, limit: TALK_LIMIT });
    const there = await send({ method: "HEAD", url: this.#url(`blobs/${digest}`) });
    if (there.status === 200) return;
    const begun = await send({ method: "POST", url: this.#url("blobs/uploads/"), headers: { "content-length": "0" } });
    const location = begun.headers.get("location");
    if (begun.status !== 202 || location === null) throw refused("put", what, begun);
    const url = new URL(location, this.#base);
    // A registry behind a proxy may not know that it is encrypted.
    if (url.host === this.#base.host) url.protocol = this.#base.protocol;
    url.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const ended = await send({ method: "PUT", url, headers, body: bytes });
    if (ended.status !== 201) throw refused("put", what, ended);
  }

  #url(path: string): URL {
    return new URL(path, this.#base);
  }

  async #send(verb: "get" | "put", what: string, scope: "pull" | "push", request: Request): Promise<Answer> {
    try {
      if (request.url.host !== this.#base.host) {
        this.http.transport.refuseOther(request.url, this.#base);
        return await this.http.transport.send(request);
      }
      return await this.http.send(this.place.host, `${this.place.repository} ${scope}`, request);
    } catch (error) {
      throw new CommandFailure(`Cannot ${verb} ${what}: ${(error as Error).message}`);
    }
  }
}

const REASONS: Readonly<Record<number, string>> = {
  401: "it asks who we are",
  403: "it does not allow that",
  404: "it has none",
  405: "it does not take any",
  413: "that is too large for it",
  429: "it was asked too often: try again later",
};

function refused(verb: string, what: string, { status, bytes }: Answer): CommandFailure {
  const reason = REASONS[status] ?? (status >= 500 ? "it fails: see its own log" : "it refuses");
  const said = errorText(bytes);
  return new CommandFailure(`Cannot ${verb} ${what}: ${reason} (HTTP ${status})${said === "" ? "" : `: ${said}`}`);
}

/** What a registry says of an error: `errors[].code` and `message`. */
function errorText(bytes: Uint8Array): string {
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(bytes));
    return errors.map(({ code, message }: Record<string, string>) => `${code} ${message ?? ""}`.trim()).join("; ")
      .replaceAll(/\p{Cc}/gu, " ").slice(0, 300);
  } catch {
    return "";
  }
}
