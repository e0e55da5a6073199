// An artifact from wherever it is: mirrors first, the registry itself last; verified on the way.

import type { KeyObject } from "node:crypto";
import { CommandFailure, type Output } from "../output.ts";
import type { Artifact, Blob, BlobSource } from "./blob.ts";
import { artifactOf } from "./image_manifest.ts";
import { type Mirror, placesOf, type Reference, referenceText } from "./reference.ts";
import { Authorized } from "./registry/authorized.ts";
import { CredentialFile } from "./registry/credentials.ts";
import { Repository } from "./registry/registry.ts";
import { Transport, type TransportOptions } from "./registry/transport.ts";
import { refuseOther } from "./plugin_artifact.ts";
import { signatureTag, verifySignature } from "./signature.ts";

/** What was fetched, and its signatures: undefined where there are none, or nobody asked for them. */
export interface Fetched {
  readonly artifact: Artifact;
  readonly signatures: Blob | undefined;
  readonly source: BlobSource;
}

/** What is asked of an artifact beside itself. */
export interface Wanted {
  /** Signatures are fetched as well, where there are any. */
  readonly signatures?: boolean;
  /** One of them has to be of this public key: that is verified before anything else is fetched. */
  readonly key?: KeyObject | undefined;
}

/** A way to registries, closed at the end of its `using` scope. */
export class Registries implements Disposable {
  readonly #transport: Transport;
  readonly #http: Authorized;

  /**
   * @param options `plainHttp`: of the registry that a reference names, not of its mirrors
   * @throws {CommandFailure} if the authority's file or the credentials' cannot be used
   */
  constructor(private readonly options: TransportOptions & { readonly plainHttp: boolean }) {
    const credentials = CredentialFile.read();
    this.#transport = new Transport(options);
    this.#http = new Authorized(this.#transport, credentials);
  }

  /** The repository of a reference, in its registry itself. */
  repository({ host, repository }: Reference): Repository {
    return new Repository(this.#http, { host, repository, plainHttp: this.options.plainHttp });
  }

  /**
   * Fetches a plugin's artifact. A mirror that cannot give it as it is wanted is told, and passed over.
   *
   * @throws {CommandFailure} what the registry itself said, or what is wrong with what it has
   */
  async fetch(reference: Reference, mirrors: readonly Mirror[], wanted: Wanted, output: Output): Promise<Fetched> {
    const places = placesOf(reference, mirrors, this.options.plainHttp);
    const itself = places.pop()!;
    for (const mirror of places) {
      try {
        return await this.#from(new Repository(this.#http, mirror), reference, wanted);
      } catch (error) {
        output.complain(`Mirror passed over: ${(error as Error).message}`);
      }
    }
    return await this.#from(new Repository(this.#http, itself), reference, wanted);
  }

  /** The manifest first, and its signature: what is no plugin, or not signed, is not fetched. */
  async #from(repository: Repository, reference: Reference, { key, signatures: all }: Wanted): Promise<Fetched> {
    const version = reference.digest ?? reference.tag!;
    const manifest = await repository.manifest(version);
    if (manifest === undefined) {
      throw new CommandFailure(`Cannot get ${referenceText(reference)} as ${repository.name} has no ${version}`);
    }
    const what = `${repository.name}${reference.digest === undefined ? ":" : "@"}${version}`;
    refuseOther(manifest.bytes, what);
    const { digest } = manifest.descriptor;
    const wanted = all === true || key !== undefined;
    const signatures = wanted ? await repository.manifest(signatureTag(digest)) : undefined;
    if (key !== undefined) await verifySignature(digest, key, signatures, repository.blob, what);
    const artifact = await artifactOf(manifest, repository.blob, what);
    return { artifact, signatures, source: repository.blob };
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }
}
