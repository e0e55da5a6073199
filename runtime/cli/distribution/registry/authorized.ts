// Requests that a registry answers: where it asks who we are, by HTTP's basic scheme or by a token, it is told.

import { CommandFailure } from "../../output.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import { basic, type CredentialFile } from "./credentials.ts";
import type { Answer, Request, Transport } from "./transport.ts";

const TOKEN_LIMIT = 1024 * 1024;

export class Authorized {
  /** Values of the header, by host and repository. */
  readonly #known = new Map<string, string>();

  constructor(readonly transport: Transport, private readonly credentials: CredentialFile) {}

  /**
   * @param host as the reference has it: whose credentials are meant
   * @param key of what a token is good for: a repository, and whether it is written
   * @throws {Error} saying why there is no answer
   * @throws {CommandFailure} if it refuses whom we are
   */
  async send(host: string, key: string, request: Request): Promise<Answer> {
    const known = this.#known.get(`${host} ${key}`);
    const first = await this.transport.send(withAuthorization(request, known));
    if (first.status !== 401) return first;
    refuseRedirected(host, request, first);
    const challenge = parseChallenge(first.headers.get("www-authenticate") ?? "");
    if (challenge === undefined) throw new CommandFailure(`${host} refuses access, and does not say how it is had`);
    const value = await this.#answer(host, challenge, request.url);
    const second = await this.transport.send(withAuthorization(request, value));
    if (second.status === 401) {
      refuseRedirected(host, request, second);
      const who = this.credentials.for(host);
      throw new CommandFailure(
        who === undefined
          ? `${host} asks who we are (401): ${this.credentials.advice(host)}`
          : `${host} refuses user ${who.user} of ${this.credentials.path} (401)`,
      );
    }
    this.#known.set(`${host} ${key}`, value);
    return second;
  }

  async #answer(host: string, { scheme, parameters }: Challenge, by: URL): Promise<string> {
    const who = this.credentials.for(host);
    if (scheme === "basic") {
      if (who !== undefined) return basic(who);
      throw new CommandFailure(`${host} asks for a user and password (401): ${this.credentials.advice(host)}`);
    }
    let realm: URL;
    try {
      realm = new URL(parameters.realm ?? "");
    } catch {
      throw new CommandFailure(`${host} asks for a token (401), and does not say whose: ${parameters.realm}`);
    }
    this.transport.refuseOther(realm, by);
    for (const name of ["service", "scope"]) {
      const value = parameters[name];
      if (value !== undefined) realm.searchParams.set(name, value);
    }
    const headers: Record<string, string> = who === undefined ? {} : { authorization: basic(who) };
    const { status, bytes } = await this.transport.send({ method: "GET", url: realm, headers, limit: TOKEN_LIMIT });
    if (status === 401 || status === 403) {
      throw new CommandFailure(
        who === undefined
          ? `${realm.host} gives no token for ${host} (${status}): ${this.credentials.advice(host)}`
          : `${realm.host} gives user ${who.user} of ${this.credentials.path} no token for ${host} (${status})`,
      );
    }
    return `Bearer ${tokenOf(status, bytes, realm.host)}`;
  }
}

/** Whoever it redirects to asks in vain: credentials are the registry's own. */
function refuseRedirected(host: string, { url }: Request, answer: Answer): void {
  if (answer.url.host === url.host) return;
  throw new CommandFailure(`${answer.url.host}, to which ${host} redirects, refuses access (401)`);
}

function withAuthorization(request: Request, value: string | undefined): Request {
  return value === undefined ? request : { ...request, headers: { ...request.headers, authorization: value } };
}

function tokenOf(status: number, bytes: Uint8Array, host: string): string {
  let token: unknown;
  try {
    const { token: given, access_token: oauth } = JSON.parse(new TextDecoder().decode(bytes));
    token = given ?? oauth;
  } catch {
    // Told below.
  }
  if (status === 200 && typeof token === "string" && token !== "") return token;
  throw new Error(`${host}, which gives tokens, answered ${status} without one`);
}
