// An artifact from wherever it is: mirrors first, the registry itself last; verified on the way.

import { CommandFailure, type Output } from "../output.ts";
import type { Artifact, Blob, BlobSource } from "./blob.ts";
import { artifactOf } from "./image_manifest.ts";
import { type Mirror, placesOf, type Reference, referenceText } from "./reference.ts";
import { Authorized } from "./registry/authorized.ts";
import { CredentialFile } from "./registry/credentials.ts";
import { Repository } from "./registry/registry.ts";
import { Transport, type TransportOptions } from "./registry/transport.ts";
import { signatureTag } from "./signature.ts";

/** What was fetched, and its signatures: undefined where there are none, or nobody asked for them. */
export interface Fetched {
  readonly artifact: Artifact;
  readonly signatures: Blob | undefined;
  readonly source: BlobSource;
}

/** Which signatures are fetched as well: those that are there, or some in any case. */
export type Wanted = "none" | "any" | "needed";

/** A way to registries, closed at the end of its `using` scope. */
export class Registries implements Disposable {
  readonly #transport: Transport;
  readonly #http: Authorized;

  /** @throws {CommandFailure} if the authority's file or the credentials' cannot be used */
  constructor(options: TransportOptions) {
    const credentials = CredentialFile.read();
    this.#transport = new Transport(options);
    this.#http = new Authorized(this.#transport, credentials);
  }

  repository(place: { host: string; repository: string }): Repository {
    return new Repository(this.#http, place);
  }

  /**
   * Fetches an artifact. A mirror that cannot give it, or lacks signatures that are needed, is told, and passed over.
   *
   * @throws {CommandFailure} what the registry itself said
   */
  async fetch(reference: Reference, mirrors: readonly Mirror[], wanted: Wanted, output: Output): Promise<Fetched> {
    const places = placesOf(reference, mirrors);
    const itself = places.pop()!;
    for (const mirror of places) {
      const repository = this.repository(mirror);
      try {
        const fetched = await this.#from(repository, reference, wanted);
        if (wanted !== "needed" || fetched.signatures !== undefined) return fetched;
        output.complain(`Mirror passed over: ${repository.name} has no signature of ${referenceText(reference)}`);
      } catch (error) {
        output.complain(`Mirror passed over: ${(error as Error).message}`);
      }
    }
    return await this.#from(this.repository(itself), reference, wanted);
  }

  async #from(repository: Repository, reference: Reference, wanted: Wanted): Promise<Fetched> {
    const version = reference.digest ?? reference.tag!;
    const manifest = await repository.manifest(version);
    if (manifest === undefined) {
      throw new CommandFailure(`Cannot get ${referenceText(reference)} as ${repository.name} has no ${version}`);
    }
    const artifact = await artifactOf(manifest, repository.blob, `${repository.name} ${version}`);
    const tag = signatureTag(manifest.descriptor.digest);
    const signatures = wanted === "none" ? undefined : await repository.manifest(tag);
    return { artifact, signatures, source: repository.blob };
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }
}
