// A NETLINK_ROUTE socket: requests with ACK, look-ups, dumps, notifications. Opened inside a namespace, and kept.
// The kernel handles a request while it is written, so an answer is there to be read at once; the time limit is for a
// kernel that breaks this rule.

import { HostCallError } from "../error.ts";
import { attempt, EAGAIN, EINTR, ENOBUFS, isErrno, KernelError } from "./errno.ts";
import { closeFile, readInto, setSocketOption, writeFrom } from "./libc.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { readStatus } from "./netlink_error.ts";
import {
  NetlinkMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  readMessages,
  type ReceivedMessage,
} from "./netlink_message.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;

/** The kernel sends at most 32 KiB of a dump at once; a single link with many virtual functions can be larger. */
const RECEIVE_BUFFER = 128 * 1024;
/** For all sockets of the thread: what is kept of an answer is copied before anything else is received. */
const buffer = new Uint8Array(RECEIVE_BUFFER);
/** Bytes that fit into the buffer of every socket. */
const SENDS_WITHOUT_ROOM = 64 * 1024;
const ANSWER_TIMEOUT_MS = 5_000;
/** Milliseconds for all of an answer. Whoever may send to a socket can send what is none, again and again. */
const ANSWER_LIMIT_MS = 10_000;
const MAX_DUMP_ATTEMPTS = 10;

/** What the kernel answered to one message of a transaction. */
export class TransactionError extends KernelError {
  /** @param index of the message; -1 and the number of messages for the edges of the batch */
  constructor({ errno, text, offset }: KernelError, readonly index: number) {
    super(errno, text, offset);
  }
}

export class NetlinkSocket {
  #fd: number;
  /** Begins anywhere: a pod that may send to its own namespace's sockets can't guess the number of an answer. */
  #sequence = crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
  #port: number | undefined;
  /** Bytes that were reserved for sending. */
  #room = 0;
  #timeoutMs = -1;
  /** When the answer to what was sent last has to be complete, by `performance.now()`. */
  #deadline = 0;
  readonly #where: string;

  /** Use `openNetlink`. */
  constructor(fd: number, where: string, private readonly limitMs: number = ANSWER_LIMIT_MS) {
    this.#fd = fd;
    this.#where = where;
    const on = option(1);
    // Older kernels lack some of these; then errors come without words, and dumps without filters.
    for (const name of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) {
      try {
        setSocketOption(fd, SOL_NETLINK, name, on);
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
      }
    }
  }

  /**
   * Sends one message and waits for its ACK.
   *
   * @throws {KernelError} what the kernel answered
   */
  request(message: NetlinkMessage): void {
    const [error] = this.batch([message]);
    if (error) throw error;
  }

  /**
   * Sends messages as one, and waits for all their ACKs. The kernel handles them in order, also after one that failed.
   *
   * @returns the answer to each, undefined for success
   */
  batch(messages: readonly NetlinkMessage[]): (KernelError | undefined)[] {
    if (messages.length === 0) return [];
    const first = this.#sequence + 1;
    this.#send(messages, NLM_F_ACK);
    const answers: (KernelError | undefined)[] = new Array(messages.length).fill(undefined);
    for (let missing = messages.length; missing > 0;) {
      for (const answer of this.#receive(ANSWER_TIMEOUT_MS)) {
        if (answer.type !== NLMSG_ERROR || !this.#isAnswer(answer, first)) continue;
        answers[answer.sequence - first] = readStatus(answer);
        missing--;
      }
    }
    return answers;
  }

  /**
   * Sends messages as one batch that happens as a whole or not at all (nfnetlink), between a begin and an end to which
   * the kernel answers only on failure. The messages themselves ask for their ACK; the last one has to, and is enough.
   *
   * @throws {TransactionError} the first answer that is an error
   * @throws {KernelError} the batch was not taken at all
   */
  transaction(begin: NetlinkMessage, messages: readonly NetlinkMessage[], end: NetlinkMessage): void {
    const first = this.#sequence + 1;
    this.#send([begin, ...messages, end], 0);
    for (let missing = messages.filter((message) => message.asksForAck).length; missing > 0;) {
      for (const answer of this.#receive(ANSWER_TIMEOUT_MS)) {
        if (answer.type !== NLMSG_ERROR || !this.#isAnswer(answer, first)) continue;
        const error = readStatus(answer);
        if (error) {
          this.#discard();
          throw new TransactionError(error, answer.sequence - first - 1);
        }
        missing--;
      }
    }
  }

  /**
   * Asks for one object.
   *
   * @throws {KernelError} what the kernel answered
   */
  query(message: NetlinkMessage): ReceivedMessage {
    this.#send([message], 0);
    for (;;) {
      for (const answer of this.#receive(ANSWER_TIMEOUT_MS)) {
        if (!this.#isAnswer(answer)) continue;
        if (answer.type !== NLMSG_ERROR) return copyOf(answer);
        throw readStatus(answer) ?? new KernelError(EAGAIN, "the kernel sent no object");
      }
    }
  }

  /**
   * Asks for all objects. A dump during which the kernel's list changed is repeated.
   *
   * @throws {KernelError} what the kernel answered
   * @throws {HostCallError} `busy` if the list changed during every one of ten attempts
   */
  dump(message: NetlinkMessage): ReceivedMessage[] {
    for (let attempts = 0; attempts < MAX_DUMP_ATTEMPTS; attempts++) {
      const objects = this.#dumpOnce(message);
      if (objects !== undefined) return objects;
    }
    throw new HostCallError(
      "busy",
      `Cannot list the kernel's objects in ${this.#where} as they changed during each of ${MAX_DUMP_ATTEMPTS} attempts`,
    );
  }

  /**
   * Subscribes to the notifications of groups (RTNLGRP_*).
   *
   * @throws {HostCallError}
   */
  subscribe(groups: readonly number[]): void {
    attempt(`subscribe to the kernel's notifications in ${this.#where}`, () => {
      // A socket gets its port when it sends, and without one it gets no notifications: so it says nothing.
      this.#send([new NetlinkMessage(NLMSG_NOOP)], 0);
      for (const group of groups) setSocketOption(this.#fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, option(group));
    });
  }

  /**
   * Waits for notifications of the groups that the socket was opened for.
   *
   * @returns false if none came in that time. A loss of some for lack of buffer space counts as one: look again.
   * @throws {KernelError}
   */
  waitForNotification(timeoutMs: number): boolean {
    try {
      this.#read(Math.max(1, timeoutMs));
      return true;
    } catch (error) {
      if (isErrno(error, ENOBUFS)) return true;
      if (isErrno(error, EAGAIN)) return false;
      throw error;
    }
  }

  /**
   * Reads notifications that are there, once. Where there are none it waits, for the time of an answer: see `descriptor`.
   *
   * @returns undefined if some were lost, as they did not fit into the socket's buffer
   * @throws {KernelError}
   */
  readNotifications(): ReceivedMessage[] | undefined {
    try {
      return readMessages(buffer.subarray(0, this.#read(ANSWER_TIMEOUT_MS))).map(copyOf);
    } catch (error) {
      if (isErrno(error, ENOBUFS)) return undefined;
      throw error;
    }
  }

  /** The kernel's number for this socket, which its notifications have where it asked for the change; from the first answer. */
  get port(): number | undefined {
    return this.#port;
  }

  /** For poll(2); negative once it is closed. */
  get descriptor(): number {
    return this.#fd;
  }

  /**
   * Room for answers and notifications that were not read yet, also above the limit that the administrator set.
   *
   * @throws {KernelError}
   */
  reserve(bytes: number): void {
    setSocketOption(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, option(bytes));
  }

  close(): void {
    if (this.#fd < 0) return;
    closeFile(this.#fd);
    this.#fd = -1;
  }

  /** Whether a message answers one that was sent with the numbers from `first` on, and was meant for this socket. */
  #isAnswer({ sequence, port }: ReceivedMessage, first = this.#sequence): boolean {
    if (sequence < first || sequence > this.#sequence) return false;
    this.#port ??= port;
    return port === this.#port;
  }

  #dumpOnce(message: NetlinkMessage): ReceivedMessage[] | undefined {
    this.#send([message], NLM_F_DUMP);
    const objects: ReceivedMessage[] = [];
    let interrupted = false;
    for (;;) {
      for (const answer of this.#receive(ANSWER_TIMEOUT_MS)) {
        if (!this.#isAnswer(answer)) continue;
        if (answer.flags & NLM_F_DUMP_INTR) interrupted = true;
        if (answer.type === NLMSG_DONE || answer.type === NLMSG_ERROR) {
          const error = readStatus(answer);
          if (error && !isErrno(error, EINTR)) throw error;
          return interrupted || error ? undefined : objects;
        }
        objects.push(copyOf(answer));
      }
    }
  }

  /** Sends the messages with consecutive numbers. Not bound to a port before: the kernel chooses one. */
  #send(messages: readonly NetlinkMessage[], flags: number): void {
    if (this.#fd < 0) throw new HostCallError("io", `Cannot use the netlink socket in ${this.#where} as it is closed`);
    this.#deadline = performance.now() + this.limitMs;
    const [only] = messages;
    if (messages.length === 1 && only) {
      const bytes = only.finish(++this.#sequence, flags);
      writeFrom(this.#fd, bytes, bytes.length);
      return;
    }
    const total = messages.reduce((sum, message) => sum + align(message.length), 0);
    this.#reserveForSending(total);
    const bytes = new Uint8Array(Math.max(128, total));
    let at = 0;
    for (const message of messages) {
      bytes.set(message.finish(++this.#sequence, flags), at);
      at += align(message.length);
    }
    writeFrom(this.#fd, bytes, total);
    // A large batch takes the kernel its time, while it is written.
    this.#deadline = performance.now() + this.limitMs;
  }

  /** The kernel takes a batch only if all of it fits into the socket's buffer. */
  #reserveForSending(bytes: number): void {
    if (bytes < SENDS_WITHOUT_ROOM || bytes <= this.#room) return;
    // The kernel doubles what it is given, for what it keeps beside.
    setSocketOption(this.#fd, SOL_SOCKET, SO_SNDBUFFORCE, option(bytes));
    this.#room = bytes;
  }

  /** Reads what is left of an answer: where thousands of messages failed, there is no room for the next one else. */
  #discard(): void {
    while (performance.now() <= this.#deadline) {
      try {
        this.#read(1);
      } catch (error) {
        if (isErrno(error, EAGAIN)) return;
        if (!isErrno(error, ENOBUFS)) throw error;
      }
    }
  }

  #receive(timeoutMs: number): ReceivedMessage[] {
    for (;;) {
      if (performance.now() > this.#deadline) throw new KernelError(EAGAIN, "there was much, but no answer in it");
      try {
        return readMessages(buffer.subarray(0, this.#read(timeoutMs)));
      } catch (error) {
        if (!isErrno(error, ENOBUFS)) throw error;
      }
    }
  }

  #read(timeoutMs: number): number {
    this.#setTimeout(timeoutMs);
    for (;;) {
      try {
        const length = readInto(this.#fd, buffer);
        if (length === 0) {
          throw new HostCallError("io", `Cannot read the kernel's answer in ${this.#where} as none comes`);
        }
        if (length < buffer.length) return length;
        throw new HostCallError(
          "io",
          `Cannot read the kernel's answer in ${this.#where} as it is larger than ${length} bytes`,
        );
      } catch (error) {
        if (!isErrno(error, EINTR)) throw error;
      }
    }
  }

  #setTimeout(timeoutMs: number): void {
    if (this.#timeoutMs === timeoutMs) return;
    const value = new Uint8Array(128);
    const view = new DataView(value.buffer);
    view.setBigInt64(0, BigInt(Math.trunc(timeoutMs / 1000)), true);
    view.setBigInt64(8, BigInt(Math.trunc(timeoutMs % 1000 * 1000)), true);
    setSocketOption(this.#fd, SOL_SOCKET, SO_RCVTIMEO, value.subarray(0, 16));
    this.#timeoutMs = timeoutMs;
  }
}

/** What host functions do with a NETLINK_ROUTE socket: where changes are only planned, something else does it. */
export type RouteNetlink = Pick<NetlinkSocket, "request" | "batch" | "query" | "dump">;

/**
 * A NETLINK_ROUTE socket in a namespace.
 *
 * @param groups multicast groups (RTNLGRP_*) whose notifications it gets; a socket for those is for nothing else
 * @throws {HostCallError} if the namespace can't be entered
 */
export function openNetlink(namespace: NetworkNamespace, groups: readonly number[] = []): NetlinkSocket {
  const fd = namespace.openSocket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  const netlink = new NetlinkSocket(fd, namespace.path);
  if (groups.length > 0) netlink.subscribe(groups);
  return netlink;
}

function option(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(128);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes.subarray(0, 4);
}

function copyOf(message: ReceivedMessage): ReceivedMessage {
  return { ...message, payload: message.payload.slice() };
}

function align(length: number): number {
  return (length + 3) & ~3;
}
