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
   * Fetches an artifact. A mirror that cannot give it is told, and passed over.
   *
   * @param wanted whether its signatures are fetched too
   * @throws {CommandFailure} what the registry itself said
   */
  async fetch(reference: Reference, mirrors: readonly Mirror[], wanted: boolean, output: Output): Promise<Fetched> {
    const places = placesOf(reference, mirrors);
    for (const [index, place] of places.entries()) {
      try {
        return await this.#from(this.repository(place), reference, wanted);
      } catch (error) {
        if (index === places.length - 1) throw error;
        output.complain(`Mirror passed over: ${(error as Error).message}`);
      }
    }
    throw new Error("no place");
  }

  async #from(repository: Repository, reference: Reference, wanted: boolean): Promise<Fetched> {
    const version = reference.digest ?? reference.tag!;
    const manifest = await repository.manifest(version);
    if (manifest === undefined) {
      throw new CommandFailure(`Cannot get ${referenceText(reference)} as ${repository.name} has no ${version}`);
    }
    const artifact = await artifactOf(manifest, repository.blob, `${repository.name} ${version}`);
    const signatures = wanted ? await repository.manifest(signatureTag(manifest.descriptor.digest)) : undefined;
    return { artifact, signatures, source: repository.blob };
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }
}
