// Who may use what the agent answers over HTTP beyond health and metrics: the dashboard, its API, and what the command line
// asks for.

import type { Context, Next } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";

export interface HttpAccess {
  /** Where it is answered: the loopback address or a socket's path, which are this machine's own; else anywhere. */
  readonly local: boolean;
  /** Names by which a browser may ask, beside those of this machine: without port. */
  readonly hosts: readonly string[];
  /** What has to be shown, as a bearer token or at /login; undefined: nothing, where it is local. */
  readonly token: string | undefined;
  /** Whether answers are encrypted. */
  readonly secure: boolean;
}

/** `agent`: what our own command line asks by over a socket. */
const OWN_NAMES = ["localhost", "127.0.0.1", "[::1]", "agent"];
const SESSION = "cnidaria_session";
const MOST_SESSIONS = 100;
const encoder = new TextEncoder();

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
    "base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

export class HttpGuard {
  readonly #sessions = new Set<string>();

  constructor(private readonly access: HttpAccess) {}

  /** Lets a request pass, or answers why not. */
  readonly check = async (context: Context, next: Next): Promise<Response | void> => {
    const refusal = this.#refusal(context) ?? await this.#unknown(context);
    if (refusal !== undefined) return guarded(refusal);
    await next();
    context.res = guarded(context.res);
  };

  /** The form that asks for the token. */
  readonly loginForm = (): Response => guarded(form(""));

  /** Begins a session, if the token is right. */
  readonly login = async (context: Context): Promise<Response> => {
    const refusal = this.#refusal(context);
    if (refusal !== undefined) return guarded(refusal);
    const given = (await context.req.formData()).get("token");
    if (typeof given !== "string" || !await this.#isToken(given.trim())) {
      return guarded(form("This is not the token.", 403));
    }
    const id = crypto.randomUUID();
    this.#sessions.add(id);
    for (const oldest of this.#sessions) {
      if (this.#sessions.size <= MOST_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    const options = { httpOnly: true, sameSite: "Strict", path: "/", secure: this.access.secure } as const;
    setCookie(context, SESSION, id, options);
    return guarded(context.redirect("/", 303) as Response);
  };

  /** Ends a session. */
  readonly logout = (context: Context): Response => {
    this.#sessions.delete(getCookie(context, SESSION) ?? "");
    deleteCookie(context, SESSION, { path: "/" });
    return guarded(context.redirect("/login", 303) as Response);
  };

  /** A page elsewhere has a name that leads here (DNS rebinding), or sends a form here. */
  #refusal({ req }: Context): Response | undefined {
    // HTTP/2 has it in the URL alone; where nobody was named at all, that has the address of this server.
    const host = req.header("host") ?? new URL(req.url).host;
    const name = host.replace(/:\d+$/, "").toLowerCase();
    const names = [...OWN_NAMES, ...this.access.hosts.map((it) => it.toLowerCase())];
    if (!names.includes(name)) {
      return refused(403, `this agent is not known as ${JSON.stringify(name)}: add --http-host ${name} if it is`);
    }
    const origin = req.header("origin");
    if (origin !== undefined && origin.replace(/^https?:\/\//, "") !== host) {
      return refused(403, "the request comes from a page of another origin");
    }
    return undefined;
  }

  async #unknown(context: Context): Promise<Response | undefined> {
    const { local, token } = this.access;
    if (token === undefined) {
      return local
        ? undefined
        : refused(403, "only health and metrics are answered beyond this machine without --http-token");
    }
    const bearer = /^Bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (bearer !== undefined && await this.#isToken(bearer)) return undefined;
    if (this.#sessions.has(getCookie(context, SESSION) ?? "")) return undefined;
    const wantsPage = context.req.method === "GET" && (context.req.header("accept") ?? "").includes("text/html");
    return wantsPage
      ? context.redirect("/login", 303) as Response
      : new Response(JSON.stringify({ error: "A token is needed: Authorization: Bearer …" }), {
        status: 401,
        headers: { "content-type": "application/json", "www-authenticate": "Bearer" },
      });
  }

  /** Compares digests: how long it takes says nothing of the token. */
  async #isToken(given: string): Promise<boolean> {
    const { token } = this.access;
    if (token === undefined) return false;
    const [one, other] = await Promise.all([digest(given), digest(token)]);
    return one.reduce((differs, byte, at) => differs | (byte ^ other[at]!), 0) === 0;
  }
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function refused(status: number, why: string): Response {
  return Response.json({ error: `Refused: ${why}.` }, { status });
}

function guarded(response: Response): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  return response;
}

/** Without a style sheet: that of the dashboard is behind this. */
function form(problem: string, status = 200): Response {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>cnidaria</title>` +
    `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">` +
    `<main><h1>cnidaria</h1><form method="post" action="/login"><p role="alert">${problem}</p>` +
    `<p><label>Token <input type="password" name="token" required autocomplete="current-password" autofocus></label> ` +
    `<button>Log in</button></p><p>It is in the file that the agent was started with as --http-token.</p></form></main>` +
    `</html>`;
  return new Response(html, {
    status,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
}
