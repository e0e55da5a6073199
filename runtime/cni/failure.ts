// The error of the CNI protocol, and how it is written.

import type { CniError } from "cnidaria:cni/types@0.3.0";
import { ERROR_CODES, type ErrorCodeName, PLUGIN_RESERVED_CODES } from "./error_codes.ts";

/** Ends a CNI call with an error result (CNI spec 1.1.0, section 5, "Error"). */
export class CniFailure extends Error {
  override readonly name = "CniFailure";
  readonly code: number;

  /**
   * @param code a name of the table, or a plugin's own number
   * @param message what failed, on what, why, and what to do
   * @param details more, for a person
   */
  constructor(code: ErrorCodeName | number, message: string, readonly details = "") {
    super(message);
    this.code = typeof code === "number" ? code : ERROR_CODES[code];
  }
}

/** Whether a value is the `cni-error` of the contract. */
export function isCniError(value: unknown): value is CniError {
  if (typeof value !== "object" || value === null) return false;
  const { code, msg, details } = value as Record<string, unknown>;
  return Number.isInteger(code) && typeof msg === "string" && typeof details === "string";
}

/**
 * A plugin's error, with a code that it may use: an unassigned number below 100 becomes `pluginFailed`.
 *
 * @param plugin named in the message where the code was not the plugin's to use
 */
export function failureOfPlugin(plugin: string, error: CniError): CniFailure {
  if (error.code >= 100 || PLUGIN_RESERVED_CODES.has(error.code)) {
    return new CniFailure(error.code, error.msg, error.details);
  }
  return new CniFailure(
    "pluginFailed",
    `${error.msg} (plugin ${plugin} answered the reserved code ${error.code})`,
    error.details,
  );
}

/** The `cni-error` that a component gets for a failure of another plugin. */
export function toCniError(failure: CniFailure): CniError {
  return { code: failure.code, msg: failure.message, details: failure.details };
}

/** The error result as JSON text, without a line end. */
export function formatFailure(failure: CniFailure, cniVersion: string): string {
  const { code, message: msg, details } = failure;
  return JSON.stringify(details === "" ? { cniVersion, code, msg } : { cniVersion, code, msg, details }, null, 2);
}
