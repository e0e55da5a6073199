// A TCP connection that stays open while a test changes what is below it.

import type { Namespace } from "./namespace.ts";

const PORT = 4243;
const encoder = new TextEncoder();

/** Why there can be none; undefined where busybox is installed. */
export function conversationMissing(): string | undefined {
  try {
    Deno.statSync("/usr/bin/busybox");
    return undefined;
  } catch {
    return "needs busybox";
  }
}

export class Conversation implements AsyncDisposable {
  readonly #listener: Deno.ChildProcess;
  readonly #speaker: Deno.ChildProcess;
  readonly #heard: ReadableStreamDefaultReader<string>;
  readonly #said: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(listener: Deno.ChildProcess, speaker: Deno.ChildProcess) {
    this.#listener = listener;
    this.#speaker = speaker;
    this.#heard = listener.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#said = speaker.stdin.getWriter();
  }

  /** Connects to `address`, which is the listener's. @throws {Error} where nothing arrives */
  static async open(speaker: Namespace, listener: Namespace, address: string): Promise<Conversation> {
    const server = listener.start(["busybox", "nc", "-l", "-p", String(PORT)], { openInput: true });
    while ((await listener.must(["ss", "-Hltn", `sport = :${PORT}`])).trim() === "");
    const client = speaker.start(["busybox", "nc", address, String(PORT)], { openInput: true });
    const conversation = new Conversation(server, client);
    try {
      await conversation.say("hello");
      return conversation;
    } catch (error) {
      await conversation[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Says a word and waits until the other end has it.
   * @throws {Error} where it has not come after `limit` milliseconds, or the connection has ended
   */
  async say(word: string, limit = 10_000): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`Cannot hear "${word}" as ${limit} ms are over`);
      timer = setTimeout(() => reject(error), limit);
    });
    try {
      await this.#said.write(encoder.encode(`${word}\n`));
      const { value } = await Promise.race([this.#heard.read(), late]);
      if (value !== `${word}\n`) throw new Error(`Cannot hear "${word}" as this came: ${JSON.stringify(value)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.#speaker, this.#listener]) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    await this.#said.close().catch(() => {});
    await this.#heard.cancel().catch(() => {});
    await Promise.all([
      this.#speaker.stdout.cancel(),
      this.#speaker.stderr.cancel(),
      this.#listener.stderr.cancel(),
      this.#listener.stdin.close().catch(() => {}),
      this.#speaker.status,
      this.#listener.status,
    ]);
  }
}
