// The built entry in a home of its own, with a host that tells how it was called, and an agent that does what a test says.

import { assertEquals, assertMatch } from "@std/assert";
import { HEADER_BYTES, readHeader, readRequest, type Request, writeFrame } from "../protocol.ts";

const built = new URL("../../../dist/bin/entry", import.meta.url).pathname;

export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (answer: Answer) => new TextDecoder().decode(answer.stdout);
export const exit = (status: number) => writeFrame("X", new Uint8Array([status]));
/** As much as standard input may have. */
export const LARGE = new Uint8Array(8 * 1024 * 1024).map((_, index) => 32 + (index * 7919) % 90);

/**
 * A test of the entry; the name carries the reason for which it is skipped.
 *
 * @param lacking what it needs beside the entry, and is not there
 */
export function entryTest(name: string, body: (home: Home) => Promise<void>, lacking?: string): void {
  const why = isFile(built) ? lacking : "needs dist/bin/entry, and so a C compiler";
  Deno.test({
    name: why === undefined ? name : `${name} (skipped: ${why})`,
    ignore: why !== undefined,
    fn: async () => {
      const home = await Home.create();
      try {
        await body(home);
      } finally {
        await Deno.remove(home.directory, { recursive: true });
      }
    },
  });
}

/** How the host was called, as it tells it itself. */
export interface HostCall {
  readonly command: string;
  readonly name: string;
  readonly call: string;
  readonly args: string;
  readonly stdin: string;
}

/** What became of a call. */
export interface Answer {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** What the host answers by itself. */
export const HOST_ANSWER = { code: 7, stdout: "from the host\n" };

const HOST = `#!/bin/sh
home="\${0%/bin/host}"
cat > "$home/stdin"
for word in "\${CNI_COMMAND-unset}" "\${CNIDARIA_NAME-unset}" "\${CNIDARIA_CALL-unset}" "$*"; do
  printf '%s\\n' "$word"
done > "$home/call"
echo "from the host"
exit 7
`;

/** The host did the call. `call`: it was told that the agent may have begun it. */
export function assertHost(home: Home, answer: Answer, stdin: string, call: RegExp, complaint: RegExp = /^$/): void {
  assertEquals({ code: answer.code, stdout: text(answer) }, HOST_ANSWER);
  assertMatch(answer.stderr, complaint);
  const host = home.hostCall()!;
  assertMatch(host.call, call);
  assertEquals({ ...host, call: "" }, { command: "ADD", name: "cnidaria-bridge", call: "", args: "", stdin });
}

/** CNIDARIA_CALL of a call that an agent may have begun, and of one that none has. */
export const BEGUN = /^[0-9a-f]{32}$/;
export const NOT_BEGUN = /^unset$/;

/** A release with nothing but the entry and a host. */
export class Home {
  readonly socket: string;
  readonly release = "0123456789abcdef";

  private constructor(readonly directory: string) {
    this.socket = `${directory}/agent.sock`;
  }

  static async create(): Promise<Home> {
    const home = new Home(await Deno.makeTempDir());
    await Deno.mkdir(`${home.#release}/bin`, { recursive: true });
    await Deno.copyFile(built, `${home.#release}/bin/entry`);
    await Deno.symlink(`${home.#release}/bin/entry`, `${home.directory}/cnidaria-bridge`);
    await Deno.writeTextFile(home.host, HOST, { mode: 0o755 });
    return home;
  }

  get #release(): string {
    return `${this.directory}/releases/${this.release}`;
  }

  get host(): string {
    return `${this.#release}/bin/host`;
  }

  /** The path by which a runtime calls the entry. */
  get program(): string {
    return `${this.directory}/cnidaria-bridge`;
  }

  /** The variables of a call; short limits, so that a test which reaches them ends soon. */
  environment(extra: Record<string, string> = {}): Record<string, string> {
    return {
      PATH: "/usr/bin:/bin",
      CNI_COMMAND: "ADD",
      CNIDARIA_SOCKET: this.socket,
      CNIDARIA_AGENT_TAKE_MS: "10000",
      CNIDARIA_AGENT_CALL_MS: "20000",
      ...extra,
    };
  }

  /** Starts the entry, all of whose standard streams are pipes. */
  start(env: Record<string, string> = {}, args: string[] = []): Deno.ChildProcess {
    return new Deno.Command(this.program, {
      args,
      clearEnv: true,
      env: this.environment(env),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** One call, to its end. */
  async call(
    stdin: string | Uint8Array<ArrayBuffer>,
    env: Record<string, string> = {},
    args: string[] = [],
  ): Promise<Answer> {
    const child = this.start(env, args);
    const writer = child.stdin.getWriter();
    const bytes = typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin;
    // An entry that does not want all of it closes the pipe.
    const written = writer.write(bytes).then(() => writer.close()).catch(() => {});
    const { code, signal, stdout, stderr } = await child.output();
    await written;
    return { code, signal, stdout, stderr: new TextDecoder().decode(stderr) };
  }

  /** How the host was called last; undefined where it was not. */
  hostCall(): HostCall | undefined {
    if (!isFile(`${this.#release}/call`)) return undefined;
    const [command, name, call, args] = Deno.readTextFileSync(`${this.#release}/call`).split("\n");
    return {
      command: command!,
      name: name!,
      call: call!,
      args: args!,
      stdin: Deno.readTextFileSync(`${this.#release}/stdin`),
    };
  }

  /** Listens for one call. `serve` gets what the entry has sent, and the connection, which is closed after it. */
  agent(serve: (connection: Deno.UnixConn, request: Request) => Promise<void>): Agent {
    return new Agent(this.socket, serve);
  }
}

/** A fake agent that serves one connection. */
export class Agent implements AsyncDisposable {
  readonly #listener: Deno.Listener<Deno.UnixConn>;
  readonly #served: Promise<void>;
  request: Request | undefined;

  constructor(path: string, serve: (connection: Deno.UnixConn, request: Request) => Promise<void>) {
    this.#listener = Deno.listen({ transport: "unix", path });
    this.#served = this.#serve(serve);
  }

  async #serve(serve: (connection: Deno.UnixConn, request: Request) => Promise<void>): Promise<void> {
    let connection: Deno.UnixConn;
    try {
      connection = await this.#listener.accept();
    } catch {
      return; // Closed, as nobody came.
    }
    try {
      const header = await readBytes(connection, HEADER_BYTES);
      if (header === undefined) return;
      const { sentNs, length } = readHeader(header);
      const body = await readBytes(connection, length);
      if (body === undefined) return;
      this.request = readRequest(sentNs, body);
      await serve(connection, this.request);
    } finally {
      connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#served;
  }
}

/** Undefined where the entry ends the connection before. */
async function readBytes(connection: Deno.UnixConn, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await connection.read(bytes.subarray(at)).catch(() => null);
    if (count === null) return undefined;
    at += count;
  }
  return bytes;
}

/** Writes all of some bytes; false where the entry has closed the connection. */
export async function send(connection: Deno.UnixConn, ...frames: Uint8Array[]): Promise<boolean> {
  try {
    for (const frame of frames) {
      for (let at = 0; at < frame.length;) at += await connection.write(frame.subarray(at));
    }
    return true;
  } catch {
    return false;
  }
}

/** Waits until the entry has ended its side of the connection. */
export async function untilClosed(connection: Deno.UnixConn): Promise<void> {
  const count = await connection.read(new Uint8Array(1)).catch(() => null);
  if (count !== null) throw new Error("The entry says more than its request");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
