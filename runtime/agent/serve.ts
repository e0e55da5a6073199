// One connection: a call, and its answer.

import { monotonicNs } from "../../host-funcs/sys/clock.ts";
import { closeFile } from "../../host-funcs/sys/libc.ts";
import { peerOf, readExactly, setTimeouts, writeAll } from "../../host-funcs/sys/unix_socket.ts";
import { cniCall } from "../cni/call.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import { type AgentIdentity, whyDeclined, whyStranger } from "./declined.ts";
import {
  type FrameKind,
  HEADER_BYTES,
  ProtocolError,
  readHeader,
  readRequest,
  type Request,
  writeFrame,
} from "./protocol.ts";
import type { Served } from "./served.ts";
import { SocketCaller } from "./socket_caller.ts";
import type { WarmThread } from "./warm.ts";

/**
 * Milliseconds for each read and write, and after which no further read of a request begins: the entry sends all at once,
 * and reads until the end.
 */
const PEER_TIMEOUT_MS = 5_000;

/** What serving takes beside the connection. */
export interface Server {
  readonly identity: AgentIdentity;
  readonly warm: WarmThread;
  /** Whether the agent has to end at once. */
  ends(): boolean;
}

/**
 * Serves one connection, and closes it. Never throws.
 *
 * @returns what became of it; nothing where nobody asked for anything, as by a probe that only connects
 */
export async function serve(connection: number, server: Server): Promise<Served | undefined> {
  const began = performance.now();
  try {
    setTimeouts(connection, PEER_TIMEOUT_MS);
    const peer = peerOf(connection);
    // A stranger gets no thread to wait for what it says.
    const request = whyStranger(peer, server.identity) ?? receive(connection);
    if (request === undefined) return undefined;
    const declined = typeof request === "string" ? request : whyDeclined(request, peer, server.identity);
    if (declined !== undefined || typeof request === "string") {
      send(connection, "D", new TextEncoder().encode(declined));
      return { kind: "declined", why: declined! };
    }
    return await answer(connection, request, server, began);
  } catch (error) {
    return { kind: "failed", why: (error as Error).message };
  } finally {
    closeFile(connection);
  }
}

/** @returns why it is none, where something else came */
function receive(connection: number): Request | string | undefined {
  try {
    const deadline = performance.now() + PEER_TIMEOUT_MS;
    const header = readExactly(connection, HEADER_BYTES, deadline);
    if (header === undefined) return undefined;
    const { sentNs, length } = readHeader(header);
    const body = readExactly(connection, length, deadline);
    return body === undefined ? "the request did not come whole, and in time" : readRequest(sentNs, body);
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

async function answer(connection: number, request: Request, server: Server, began: number): Promise<Served> {
  const { identity, warm } = server;
  if (!send(connection, "T")) return { kind: "withdrawn" };
  warm.lookAgain();
  const own = (name: string) => name.startsWith("CNIDARIA_") ? identity.env(name) : undefined;
  const { stdout, exitCode, takeBack, trace } = await cniCall({
    env: (name) => name === "CNIDARIA_CALL" ? request.key : request.environment.get(name) ?? own(name),
    stdin: readerOf(request.stdin),
    ends: false,
    calledAs: () => Promise.resolve(request.name),
    caller: new SocketCaller(connection, server.ends),
    environment: request.environment,
    warm,
    began,
    writeStderr: (bytes) => void send(connection, "E", bytes),
  });
  const served = (sent: boolean): Served => {
    return { kind: "served", trace, sent, waitedMs: waitedMs(request.sentNs, trace.totalMs) };
  };
  // Without an answer the entry, if it is still there, has the host do what the agent had no time for.
  if (trace.error?.code === ERROR_CODES.interrupted) {
    warm.renew();
    return served(false);
  }
  const sent = send(connection, "O", new TextEncoder().encode(stdout)) &&
    send(connection, "X", new Uint8Array([exitCode]));
  if (!sent) await takeBack?.();
  if (exitCode !== 0) warm.renew();
  return served(sent);
}

/** How long the call had waited before it was taken. Both clocks are CLOCK_MONOTONIC. */
function waitedMs(sentNs: bigint, tookMs: number): number {
  return Math.max(0, Number(monotonicNs() - sentNs) / 1e6 - tookMs);
}

function send(connection: number, kind: FrameKind, payload?: Uint8Array): boolean {
  return writeAll(connection, writeFrame(kind, payload));
}

function readerOf(bytes: Uint8Array) {
  let at = 0;
  return {
    isTerminal: () => false,
    readSync(buffer: Uint8Array): number | null {
      if (at >= bytes.length) return null;
      const part = bytes.subarray(at, at + buffer.length);
      buffer.set(part);
      at += part.length;
      return part.length;
    },
  };
}
