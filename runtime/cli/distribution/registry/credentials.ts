// Who we are to a registry: `auths` of Docker's config.json, which `docker login`, `podman login` and `oras login` write.
// Credential helpers are programs, and are not run.

import { CommandFailure } from "../../output.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What Docker's configuration says of registries. */
export class CredentialFile {
  private constructor(
    /** For messages. */
    readonly path: string,
    private readonly auths: ReadonlyMap<string, Credentials>,
    private readonly helped: boolean,
  ) {}

  /**
   * Reads $DOCKER_CONFIG/config.json, or ~/.docker/config.json; there need not be one.
   *
   * @throws {CommandFailure} if it cannot be read
   */
  static read(env: (name: string) => string | undefined = Deno.env.get): CredentialFile {
    const path = `${env("DOCKER_CONFIG") || `${env("HOME") ?? ""}/.docker`}/config.json`;
    let text: string;
    try {
      text = Deno.readTextFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return new CredentialFile(path, new Map(), false);
      throw new CommandFailure(`Cannot read ${path}, which has the credentials: ${(error as Error).message}`);
    }
    try {
      const { auths = {}, credHelpers = {}, credsStore } = JSON.parse(text);
      const helped = credsStore !== undefined || Object.keys(credHelpers).length > 0;
      return new CredentialFile(path, readAuths(auths), helped);
    } catch {
      // The parser's words would show a part of the file.
      throw new CommandFailure(`Cannot use ${path}, which has the credentials, as it is not as Docker writes it`);
    }
  }

  for(host: string): Credentials | undefined {
    return this.auths.get(host === "docker.io" ? "index.docker.io" : host);
  }

  /** What to do where a registry wants credentials and none were found: a clause. */
  advice(host: string): string {
    return `\`auths\` in ${this.path} has no user and password for ${host}` +
      (this.helped ? "; credential helpers are not asked" : "; `docker login` or `podman login` writes them");
  }
}

function readAuths(auths: Record<string, Record<string, unknown>>): Map<string, Credentials> {
  const found = new Map<string, Credentials>();
  for (const [key, entry] of Object.entries(auths)) {
    // Docker has written these keys as a host, as a URL, and as a URL with a version.
    const host = key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
    const { auth, username, password } = entry;
    if (typeof username === "string" && typeof password === "string") found.set(host, { user: username, password });
    if (typeof auth !== "string" || auth === "") continue;
    const text = new TextDecoder().decode(Uint8Array.fromBase64(auth));
    const colon = text.indexOf(":");
    if (colon > 0) found.set(host, { user: text.slice(0, colon), password: text.slice(colon + 1) });
  }
  return found;
}

/** The value of an Authorization header. */
export function basic({ user, password }: Credentials): string {
  return `Basic ${new TextEncoder().encode(`${user}:${password}`).toBase64()}`;
}
