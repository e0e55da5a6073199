// Runs a program synchronously, with input, bounded output and a deadline: posix_spawn(3), poll(2), waitpid(2). Deno's
// own `outputSync` has neither standard input nor a deadline.

/** What came of a program. */
export interface SpawnResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Exit status; undefined if a signal ended it. */
  readonly status: number | undefined;
  readonly signal: number | undefined;
  /** It was still running at the deadline, and was killed. */
  readonly timedOut: boolean;
  /** It wrote more than `maxOutput`, and was killed. */
  readonly tooLong: boolean;
}

export interface SpawnOptions {
  readonly stdin: Uint8Array;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Bytes of stdout, and of stderr. */
  readonly maxOutput: number;
  /** A descriptor that the program keeps: a lock on it lasts until both processes have closed it. */
  readonly inherited?: number;
}

const symbols = {
  posix_spawn: { parameters: ["buffer", "buffer", "buffer", "pointer", "buffer", "buffer"], result: "i32" },
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  kill: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  access: { parameters: ["buffer", "i32"], result: "i32" },
} as const;

const O_CLOEXEC = 0o2000000;
const MFD_CLOEXEC = 1;
const WNOHANG = 1;
const SIGKILL = 9;
const ETXTBSY = 26;
const F_OK = 0;
const X_OK = 1;
/** Larger than any libc's posix_spawn_file_actions_t (80 bytes in glibc). */
const FILE_ACTIONS_BYTES = 512;

/**
 * Runs a program to its end.
 *
 * @param path absolute path
 * @throws {Error} if it cannot be started
 */
export function spawnSync(path: string, options: SpawnOptions): SpawnResult {
  const library = Deno.dlopen("libc.so.6", symbols);
  const open = new Set<number>();
  try {
    return run(library.symbols, open, path, options);
  } finally {
    for (const fd of open) library.symbols.close(fd);
    library.close();
  }
}

/** Whether a path is a file that this process may execute (access(2)). */
export function canExecute(path: string): boolean {
  const library = Deno.dlopen("libc.so.6", { access: symbols.access });
  try {
    const { access } = library.symbols;
    return access(cString(path), X_OK) === 0 && access(cString(`${path}/.`), F_OK) !== 0;
  } finally {
    library.close();
  }
}

type Libc = Deno.DynamicLibrary<typeof symbols>["symbols"];

function run(libc: Libc, open: Set<number>, path: string, options: SpawnOptions): SpawnResult {
  const stdin = memoryFile(libc, open, options.stdin);
  const stdout = pipe(libc, open);
  const stderr = pipe(libc, open);
  const pid = start(libc, path, options, [stdin, stdout.write, stderr.write]);
  for (const fd of [stdin, stdout.write, stderr.write]) close(libc, open, fd);

  const outputs = [new Output(stdout.read, options.maxOutput), new Output(stderr.read, options.maxOutput)] as const;
  const deadline = performance.now() + options.timeoutMs;
  let timedOut = false;
  let tooLong = false;
  const status = new Int32Array(32);
  let ended = false;
  while (!ended) {
    const readable = outputs.filter((it) => !it.ended);
    wait(libc, readable, readable.length === 0 ? 5 : 50);
    for (const output of readable) output.read(libc);
    ended = libc.waitpid(pid, new Uint8Array(status.buffer), WNOHANG) === pid;
    tooLong = outputs.some((it) => it.tooLong);
    timedOut = !ended && !tooLong && performance.now() > deadline;
    if (!ended && (timedOut || tooLong)) {
      libc.kill(pid, SIGKILL);
      libc.waitpid(pid, new Uint8Array(status.buffer), 0);
      ended = true;
    }
  }
  // What it wrote before it ended may still be in the pipes; a grandchild that holds them open is not waited for.
  wait(libc, outputs.filter((it) => !it.ended), 0);
  for (const output of outputs) output.drain(libc);
  const code = status[0] ?? 0;
  const signal = code & 0x7f;
  return {
    stdout: outputs[0].bytes(),
    stderr: outputs[1].bytes(),
    status: signal === 0 ? (code >> 8) & 0xff : undefined,
    signal: signal === 0 ? undefined : signal,
    timedOut,
    tooLong: tooLong || outputs.some((it) => it.tooLong),
  };
}

function start(
  libc: Libc,
  path: string,
  { env, inherited }: Pick<SpawnOptions, "env" | "inherited">,
  fds: readonly number[],
): number {
  const actions = new Uint8Array(FILE_ACTIONS_BYTES);
  libc.posix_spawn_file_actions_init(actions);
  fds.forEach((fd, target) => libc.posix_spawn_file_actions_adddup2(actions, fd, target));
  // Onto itself: that takes the close-on-exec flag away, in the new process alone.
  if (inherited !== undefined) libc.posix_spawn_file_actions_adddup2(actions, inherited, inherited);
  const argv = new StringArray([path]);
  const envp = new StringArray(Object.entries(env).map(([key, value]) => `${key}=${value}`));
  const pid = new Int32Array(32);
  let result = 0;
  // A file that is just being installed is "busy" for a moment.
  for (let attempt = 0; attempt < 5; attempt++) {
    result = libc.posix_spawn(new Uint8Array(pid.buffer), cString(path), actions, null, argv.pointers, envp.pointers);
    if (result !== ETXTBSY) break;
    libc.poll(new Uint8Array(128), 0n, 200);
  }
  libc.posix_spawn_file_actions_destroy(actions);
  if (result !== 0) throw new Error(`Cannot start ${path}: errno ${result}`);
  return pid[0] ?? 0;
}

/** A NULL-terminated array of C strings, which lives as long as the object. */
class StringArray {
  readonly pointers: BigUint64Array<ArrayBuffer>;
  readonly #strings: Uint8Array<ArrayBuffer>[];

  constructor(texts: readonly string[]) {
    this.#strings = texts.map(cString);
    this.pointers = new BigUint64Array(Math.max(texts.length + 1, 16));
    this.#strings.forEach((bytes, index) => {
      this.pointers[index] = Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)) as bigint;
    });
  }
}

/** At least 128 bytes: V8 moves smaller buffers. */
function cString(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  const buffer = new Uint8Array(Math.max(bytes.length + 1, 128));
  buffer.set(bytes);
  return buffer;
}

class Output {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  ended = false;
  readable = false;

  constructor(readonly fd: number, readonly max: number) {}

  get tooLong(): boolean {
    return this.#length > this.max;
  }

  /** Reads once, if `wait` found something. */
  read(libc: Libc): void {
    if (!this.readable || this.ended) return;
    const buffer = new Uint8Array(64 * 1024);
    const count = Number(libc.read(this.fd, buffer, BigInt(buffer.length)));
    this.readable = false;
    if (count <= 0) this.ended = true;
    else {
      this.#chunks.push(buffer.subarray(0, count));
      this.#length += count;
    }
  }

  drain(libc: Libc): void {
    while (!this.ended && this.readable && !this.tooLong) {
      this.read(libc);
      wait(libc, [this], 0);
    }
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

/** poll(2) for input; marks the outputs that have some, or are at their end. */
function wait(libc: Libc, outputs: readonly Output[], timeoutMs: number): void {
  const fds = new DataView(new ArrayBuffer(128));
  outputs.forEach((output, index) => {
    fds.setInt32(index * 8, output.fd, true);
    fds.setInt16(index * 8 + 4, 1, true);
  });
  libc.poll(new Uint8Array(fds.buffer), BigInt(outputs.length), timeoutMs);
  outputs.forEach((output, index) => output.readable = fds.getInt16(index * 8 + 6, true) !== 0);
}

function memoryFile(libc: Libc, open: Set<number>, content: Uint8Array): number {
  const fd = checked(libc.memfd_create(cString("cni-config"), MFD_CLOEXEC), "memfd_create");
  open.add(fd);
  let written = 0;
  while (written < content.length) {
    const rest = new Uint8Array(content.subarray(written));
    written += checked(Number(libc.write(fd, rest, BigInt(rest.length))), "write");
  }
  libc.lseek(fd, 0n, 0);
  return fd;
}

function pipe(libc: Libc, open: Set<number>): { read: number; write: number } {
  const fds = new Int32Array(32);
  checked(libc.pipe2(new Uint8Array(fds.buffer), O_CLOEXEC), "pipe2");
  const [read = -1, write = -1] = fds;
  open.add(read).add(write);
  return { read, write };
}

function close(libc: Libc, open: Set<number>, fd: number): void {
  libc.close(fd);
  open.delete(fd);
}

function checked(result: number, name: string): number {
  if (result < 0) throw new Error(`Cannot start a program as ${name} failed`);
  return result;
}
