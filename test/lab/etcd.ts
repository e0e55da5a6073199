// An etcd server of a test's own: Debian's `etcd`, one member, on a port of the loopback device that nobody has.

/** Milliseconds in which it has to serve. */
const START_MS = 20_000;

/** Why there can be none here; undefined where there can. */
export function whyNoEtcd(): string | undefined {
  try {
    const { success } = new Deno.Command("etcd", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return success ? undefined : "etcd does not run";
  } catch {
    return "needs etcd (apt-get install etcd-server)";
  }
}

/** Name and `ignore` of a test that needs it; the name carries the reason for which it is skipped. */
export function etcdTest(name: string): { name: string; ignore: boolean } {
  const why = whyNoEtcd();
  return why === undefined ? { name, ignore: false } : { name: `${name} (skipped: ${why})`, ignore: true };
}

export interface EtcdLabOptions {
  /** Address that clients use. */
  readonly host?: string;
  /** More flags. */
  readonly flags?: readonly string[];
  /** `https`, where the flags say so. */
  readonly scheme?: "http" | "https";
  /** Words before the program: `nsenter --net=… --`. */
  readonly inside?: readonly string[];
}

/** A server with a folder of its own. It can be killed and started again. */
export class EtcdServer implements AsyncDisposable {
  #process: Deno.ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    private readonly port: number,
    private readonly options: EtcdLabOptions,
  ) {}

  static async start(options: EtcdLabOptions = {}): Promise<EtcdServer> {
    const folder = await Deno.makeTempDir({ prefix: "etcd-" });
    const server = new EtcdServer(folder, freePort(), options);
    await server.start();
    return server;
  }

  /** What clients connect to. */
  get endpoint(): string {
    return `${this.options.scheme ?? "http"}://${this.options.host ?? "127.0.0.1"}:${this.port}`;
  }

  /** Starts it, with the data it had. @returns when it serves */
  async start(): Promise<void> {
    const peer = `http://127.0.0.1:${freePort()}`;
    const argv = [
      ...this.options.inside ?? [],
      ...["etcd", "--data-dir", `${this.folder}/data`, "--name", "test", "--logger=zap", "--log-level=error"],
      ...["--listen-client-urls", this.endpoint, "--advertise-client-urls", this.endpoint],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `test=${peer}`],
      ...this.options.flags ?? [],
    ];
    this.#process = new Deno.Command(argv[0]!, { args: argv.slice(1), stdout: "null", stderr: "null" }).spawn();
    await this.#serves();
  }

  /** SIGKILL, and waits for its end. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    process.kill("SIGKILL");
    await process.status;
  }

  /** As `kill`, and its data is gone as well. */
  async wipe(): Promise<void> {
    await this.kill();
    await Deno.remove(`${this.folder}/data`, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #serves(): Promise<void> {
    const end = performance.now() + START_MS;
    for (;;) {
      try {
        const connection = await Deno.connect({ hostname: this.options.host ?? "127.0.0.1", port: this.port });
        connection.close();
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
