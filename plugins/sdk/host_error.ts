// Errors of host functions, as a plugin sees them: an Error whose `payload` is the contract's `host-error`.

import type { CniError as CniErrorRecord, ErrorCode, HostError } from "cnidaria:cni/types@0.3.0";
import { CniError, ErrorCodes } from "./cni_error.ts";

/** Which CNI code a host error ends a verb with, unless the plugin knows better. */
const CODE_OF: Record<ErrorCode, number> = {
  "denied": ErrorCodes.internal,
  "not-found": ErrorCodes.io,
  "exists": ErrorCodes.io,
  "invalid": ErrorCodes.invalidConfig,
  "unsupported": ErrorCodes.notAvailable,
  "exhausted": ErrorCodes.notAvailable,
  "busy": ErrorCodes.tryAgainLater,
  "timeout": ErrorCodes.tryAgainLater,
  "io": ErrorCodes.io,
};

function payloadOf(error: unknown): Record<string, unknown> | undefined {
  const payload = (error as { payload?: unknown } | null | undefined)?.payload;
  return typeof payload === "object" && payload !== null ? payload as Record<string, unknown> : undefined;
}

/** The host error that a host function threw; undefined for anything else. */
export function hostErrorOf(error: unknown): HostError | undefined {
  const payload = payloadOf(error);
  return payload !== undefined && typeof payload.code === "string" && typeof payload.message === "string"
    ? payload as unknown as HostError
    : undefined;
}

/** The CNI error that `ipam`, `delegate` or the plugin itself threw; undefined for anything else. */
export function cniErrorOf(error: unknown): CniErrorRecord | undefined {
  const payload = payloadOf(error);
  return payload !== undefined && typeof payload.code === "number" && typeof payload.msg === "string"
    ? payload as unknown as CniErrorRecord
    : undefined;
}

/** Whether `error` is a host error with one of those codes. */
export function isHostError(error: unknown, ...codes: ErrorCode[]): boolean {
  const found = hostErrorOf(error);
  return found !== undefined && codes.includes(found.code);
}

/**
 * Anything thrown, as a CNI error. A CNI error passes unchanged; a host error gets what was being done put before its
 * own sentence; the rest is a defect of the plugin, which is said.
 *
 * @param doing completes "Cannot …": `attach eth0 to bridge cni0`
 */
export function toCniError(error: unknown, doing: string): CniError {
  if (error instanceof CniError) return error;
  const cni = cniErrorOf(error);
  if (cni !== undefined) return new CniError(cni.code, cni.msg, cni.details ?? "");
  const host = hostErrorOf(error);
  if (host !== undefined) {
    const details = host.errno == null ? `host error: ${host.code}` : `host error: ${host.code}, errno ${host.errno}`;
    return new CniError(CODE_OF[host.code], `Cannot ${doing}: ${host.message}`, details);
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? error.stack ?? "" : "";
  return new CniError(ErrorCodes.internal, `Cannot ${doing} as the plugin has a defect: ${text}`, stack);
}

/** Runs host calls; what they throw says that they were for `doing` (see {@linkcode toCniError}). */
export function attempt<T>(doing: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toCniError(error, doing);
  }
}

/** Runs a host call; answers undefined where it fails with one of those codes. */
export function unlessHostError<T>(codes: ErrorCode[], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isHostError(error, ...codes)) return undefined;
    throw error;
  }
}
