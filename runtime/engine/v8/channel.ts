// A conversation between two threads that take turns: one writes a message and waits, the other reads, answers, waits.

import type { ValueBudget } from "../limit.ts";
import { decodeMessage, MessageWriter } from "./message.ts";

/** Whose turn it is. */
export const HOST = 0;
export const WORKER = 1;
/** In place of a turn: the conversation is over. */
const CLOSED = 2;
export type Side = typeof HOST | typeof WORKER;

const HEAD_BYTES = 64;
const START_BYTES = 65536;
/** No message is longer. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const TURN = 0;
const LENGTH = 1;

/** Memory for one conversation; it grows up to the longest message. */
export function channelMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(START_BYTES, { maxByteLength: HEAD_BYTES + MAX_MESSAGE_BYTES });
}

/** Thrown at the side that speaks or waits after the other has closed. */
export class ChannelClosed extends Error {
  override readonly name = "ChannelClosed";
}

export class Channel {
  readonly #head: Int32Array;
  readonly #writer = new MessageWriter();

  /** @param memory of `channelMemory` @param side whose end this is; the worker has the first word */
  constructor(private readonly memory: SharedArrayBuffer, private readonly side: Side) {
    this.#head = new Int32Array(memory, 0, 2);
  }

  /** Gives the first word to the worker. Once, before it starts. */
  open(): void {
    Atomics.store(this.#head, TURN, WORKER);
  }

  /**
   * Hands a message to the other side, whose turn it is then.
   *
   * @param budget of the values in it, if they are limited
   * @throws {RangeError} if it is too long
   * @throws {ValueTooLarge}
   */
  send(message: unknown, budget?: ValueBudget): void {
    const bytes = this.#writer.encode(message, budget);
    if (bytes.length > MAX_MESSAGE_BYTES) {
      throw new RangeError(`Cannot pass a message of more than ${MAX_MESSAGE_BYTES} bytes: ${bytes.length}`);
    }
    if (HEAD_BYTES + bytes.length > this.memory.byteLength) this.memory.grow(HEAD_BYTES + bytes.length);
    new Uint8Array(this.memory, HEAD_BYTES).set(bytes);
    Atomics.store(this.#head, LENGTH, bytes.length);
    if (Atomics.compareExchange(this.#head, TURN, this.side, 1 - this.side) !== this.side) {
      throw new ChannelClosed("the conversation is over, or it is not this side's turn");
    }
    Atomics.notify(this.#head, TURN);
  }

  /** Ends the conversation, and wakes the other side: terminating a worker does not wake it from Atomics.wait. */
  close(): void {
    Atomics.store(this.#head, TURN, CLOSED);
    Atomics.notify(this.#head, TURN);
  }

  /**
   * Waits for the other side's message, at most `timeoutMs`; undefined after that.
   *
   * @throws {RangeError} if it is longer than `maxBytes`: it is not read
   */
  receive(timeoutMs = Infinity, maxBytes = MAX_MESSAGE_BYTES): unknown {
    for (;;) {
      const turn = Atomics.load(this.#head, TURN);
      if (turn === this.side) break;
      if (turn === CLOSED) throw new ChannelClosed("the conversation is over");
      if (Atomics.wait(this.#head, TURN, 1 - this.side, timeoutMs) === "timed-out") return undefined;
    }
    const length = Atomics.load(this.#head, LENGTH);
    if (length < 0 || length > Math.min(maxBytes, this.memory.byteLength - HEAD_BYTES)) {
      throw new RangeError(`Cannot read a message of more than ${maxBytes} bytes: ${length}`);
    }
    // Decoding text needs memory that is not shared.
    return decodeMessage(new Uint8Array(this.memory, HEAD_BYTES, length).slice() as Uint8Array<ArrayBuffer>);
  }
}
