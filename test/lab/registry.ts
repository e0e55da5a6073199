// An OCI registry of a test's own, Debian's `docker-registry`, on the loopback device.

import { Daemon } from "./daemon.ts";

const PROGRAM = "/usr/bin/docker-registry";
/** Of `secret`, by bcrypt, which is all that it takes. */
const HASH = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

/** Who may use it where it asks. */
export const USER = { user: "somebody", password: "secret" };

export interface RegistryStart {
  /** Paths of PEM files: it serves TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** It asks for `USER`. */
  readonly asks?: boolean;
}

/** Why there is no registry here; undefined where it is installed. */
export function registryMissing(): string | undefined {
  try {
    Deno.statSync(PROGRAM);
    return undefined;
  } catch {
    return "needs Debian's docker-registry";
  }
}

/** Runs until the end of its `await using` scope, with a directory of its own. */
export class Registry implements AsyncDisposable {
  private constructor(
    /** `127.0.0.1:PORT` */
    readonly host: string,
    private readonly directory: string,
    private readonly daemon: Daemon,
  ) {}

  /** Starts it and waits until it listens. @throws {Error} with its log */
  static async start(how: RegistryStart = {}): Promise<Registry> {
    const directory = await Deno.makeTempDir({ prefix: "registry-" });
    const port = freePort();
    await Deno.writeTextFile(`${directory}/users`, `${USER.user}:${HASH}\n`);
    const config = {
      version: 0.1,
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: `${directory}/data` } },
      http: {
        addr: `127.0.0.1:${port}`,
        secret: "of a test",
        ...how.tls && { tls: { certificate: how.tls.cert, key: how.tls.key } },
      },
      ...how.asks && { auth: { htpasswd: { realm: "test", path: `${directory}/users` } } },
    };
    // JSON is YAML.
    await Deno.writeTextFile(`${directory}/config.yml`, JSON.stringify(config));
    const registry = new Registry(
      `127.0.0.1:${port}`,
      directory,
      Daemon.start([PROGRAM, "serve", `${directory}/config.yml`]),
    );
    try {
      await registry.daemon.until("it listens", () => listens(port));
      return registry;
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Path of a blob's file, to spoil it. */
  blobFile(digest: string): string {
    const hex = digest.replace("sha256:", "");
    return `${this.directory}/data/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.end();
    await Deno.remove(this.directory, { recursive: true });
  }
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
