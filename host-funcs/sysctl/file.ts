// Kernel parameters as files. /proc/sys/net shows the parameters of the namespace of the thread that opens the file.

import type { Ns } from "cnidaria:cni/types@0.1.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { ENOENT, hostCallError, isErrno } from "../sys/errno.ts";
import { closeFile, O_RDONLY, O_WRONLY, openFile, readInto, writeFrom } from "../sys/libc.ts";

const MAX_VALUE_LENGTH = 1024;

/**
 * The value of a parameter, without the newline.
 *
 * @throws {HostCallError} `not-found` where this kernel, or a link of that name, is missing
 */
export function readParameter(context: HostContext, ns: Ns, path: string): string {
  return withFile(context, ns, path, O_RDONLY, "read", (fd) => {
    const buffer = new Uint8Array(MAX_VALUE_LENGTH);
    return new TextDecoder().decode(buffer.subarray(0, readInto(fd, buffer))).trimEnd();
  });
}

/** @throws {HostCallError} as `readParameter`; `invalid` for a value that the kernel does not take */
export function writeParameter(context: HostContext, ns: Ns, path: string, value: string): void {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length === 0 || bytes.length > MAX_VALUE_LENGTH || value.includes("\0")) {
    throw new HostCallError(
      "invalid",
      `Cannot set the kernel parameter ${path.slice("/proc/sys/".length)} as the value is malformed: "${value}"`,
    );
  }
  const buffer = new Uint8Array(MAX_VALUE_LENGTH);
  buffer.set(bytes);
  withFile(context, ns, path, O_WRONLY, "set", (fd) => writeFrom(fd, buffer, bytes.length));
}

function withFile<T>(
  context: HostContext,
  ns: Ns,
  path: string,
  flags: number,
  verb: string,
  fn: (fd: number) => T,
): T {
  const namespace = context.namespace(ns);
  const key = path.slice("/proc/sys/".length);
  const where = ns === "container" ? "in the container" : "on the host";
  try {
    const fd = namespace.run(() => openFile(path, flags));
    try {
      return fn(fd);
    } finally {
      closeFile(fd);
    }
  } catch (error) {
    if (isErrno(error, ENOENT)) {
      throw new HostCallError(
        "not-found",
        `Cannot ${verb} the kernel parameter ${key} ${where} as there is none: is the link missing, or IPv6 off?`,
        ENOENT,
      );
    }
    throw hostCallError(`${verb} the kernel parameter ${key} ${where}`, error);
  }
}
