// References to artifacts in a registry: HOST[:PORT]/REPOSITORY[:TAG][@DIGEST].
// Source: the OCI distribution specification 1.1, "Pulling manifests".

import { CommandFailure } from "../output.ts";

export interface Reference {
  /** Host as it is written, with its port. */
  readonly host: string;
  readonly repository: string;
  /** `latest` where neither a tag nor a digest is written. */
  readonly tag: string | undefined;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string | undefined;
}

const HOST = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Parses a reference. The registry has to be named: there is none that is meant where it is not.
 *
 * @param pin a digest that is given apart, by an option
 * @throws {CommandFailure} code 2, naming the part that is wrong
 */
export function parseReference(text: string, pin?: string): Reference {
  const wrong = (why: string) =>
    new CommandFailure(`Cannot use ${JSON.stringify(text)} as a reference: ${why}; HOST/REPOSITORY:TAG is one`, 2);
  const at = text.indexOf("@");
  const named = at === -1 ? text : text.slice(0, at);
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const slash = named.indexOf("/");
  if (slash <= 0) throw wrong("it names no repository");
  const host = named.slice(0, slash);
  if (!isHost(host)) throw wrong("its first part is no registry's host, such as registry.example or localhost:5000");
  const rest = named.slice(slash + 1);
  const colon = rest.indexOf(":");
  const repository = colon === -1 ? rest : rest.slice(0, colon);
  if (!REPOSITORY.test(repository) || repository.length > 255) throw wrong("its repository is not well-formed");
  const tag = colon === -1 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) throw wrong("its tag is not well-formed");
  for (const each of [digest, pin]) {
    if (each !== undefined && !DIGEST.test(each)) throw wrong("a digest is sha256: and 64 hexadecimal digits");
  }
  if (digest !== undefined && pin !== undefined && digest !== pin) throw wrong(`--digest is another: ${pin}`);
  const pinned = digest ?? pin;
  return { host, repository, tag: tag ?? (pinned === undefined ? "latest" : undefined), digest: pinned };
}

/** Whether a text can be a registry's host: a name without a dot or a port is one only if it is `localhost`. */
export function isHost(text: string): boolean {
  return HOST.test(text) && (/[.:]/.test(text) || text === "localhost");
}

/** As it is written. */
export function referenceText({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** Where a repository is looked for: the registry itself, or a mirror of it. */
export interface Place {
  readonly host: string;
  readonly repository: string;
  /** HTTP in place of HTTPS. */
  readonly plainHttp: boolean;
}

/**
 * What `--mirror HOST=HOST/PREFIX` says: repositories of `of` are below `prefix` on `host` as well. `http://` before the
 * second host says that it has no TLS.
 */
export interface Mirror {
  readonly of: string;
  readonly host: string;
  readonly prefix: string;
  readonly plainHttp: boolean;
}

/** @throws {CommandFailure} code 2 */
export function parseMirror(text: string): Mirror {
  const [of = "", named = "", ...more] = text.split("=");
  const plainHttp = named.startsWith("http://");
  const to = named.replace(/^https?:\/\//, "");
  const slash = to.indexOf("/");
  const host = slash === -1 ? to : to.slice(0, slash);
  const prefix = slash === -1 ? "" : to.slice(slash + 1).replace(/\/$/, "");
  if (more.length === 0 && isHost(of) && isHost(host) && (prefix === "" || REPOSITORY.test(prefix))) {
    return { of, host, prefix, plainHttp };
  }
  throw new CommandFailure(
    `Cannot use ${
      JSON.stringify(text)
    } as a mirror: HOST=HOST or HOST=HOST/PREFIX is one, with http:// before the second if it has no TLS`,
    2,
  );
}

/**
 * Mirrors first, in their order; the registry itself last.
 *
 * @param plainHttp of the registry itself
 */
export function placesOf({ host, repository }: Reference, mirrors: readonly Mirror[], plainHttp: boolean): Place[] {
  const others = mirrors.filter(({ of }) => of === host).map(({ host, plainHttp, prefix }) => ({
    host,
    plainHttp,
    repository: prefix === "" ? repository : `${prefix}/${repository}`,
  }));
  return [...others, { host, repository, plainHttp }];
}
