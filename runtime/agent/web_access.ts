// What `--http…` options say of who may use the dashboard.

import { HostCallError } from "../../host-funcs/error.ts";
import type { HttpAccess } from "./http_guard.ts";
import { isLocal, type TlsFiles } from "./http_listener.ts";

export interface WebOptions {
  /** Path of the token that has to be shown. */
  readonly token: string | undefined;
  /** Names by which browsers ask. */
  readonly hosts: readonly string[];
  /** Paths of PEM files. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Whether CHECK, GC and the release of what is dead can be asked for. */
  readonly actions: boolean;
}

/** Characters: a token of 128 bits in hexadecimal has 32. */
const SHORTEST_TOKEN = 16;

/** @throws {HostCallError} for what can't be read, or does not belong together */
export function readAccess(http: string, web: WebOptions): { access: HttpAccess; tls: TlsFiles | undefined } {
  const { token, hosts, cert, key } = web;
  if ((cert === undefined) !== (key === undefined)) {
    throw new HostCallError("invalid", "Cannot encrypt as --http-cert and --http-key belong together: give both");
  }
  const tls = cert === undefined || key === undefined
    ? undefined
    : { cert: readText("--http-cert", cert), key: readText("--http-key", key) };
  const secret = token === undefined ? undefined : readText("--http-token", token).trim();
  if (secret !== undefined && secret.length < SHORTEST_TOKEN) {
    throw new HostCallError(
      "invalid",
      `Cannot use the token of ${token} as it has fewer than ${SHORTEST_TOKEN} characters`,
    );
  }
  return { access: { local: isLocal(http), hosts, token: secret, secure: tls !== undefined }, tls };
}

function readText(option: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new HostCallError("io", `Cannot read ${option} ${path}: ${(error as Error).message}`);
  }
}
