// Kernel parameters as files. /proc/sys/net shows the parameters of the namespace of the thread that opens the file.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { ENOENT, hostCallError, isErrno } from "../sys/errno.ts";
import type { NetworkNamespace } from "../sys/namespace.ts";
import { closeFile, O_RDONLY, O_WRONLY, openFile, readInto, writeFrom } from "../sys/libc.ts";

/** Of a value that is set, in bytes. */
const MAX_VALUE_LENGTH = 1024;
/** Of a value that is read. A list of every other port takes 200 kB. */
const MOST_READ = 512 * 1024;

/** What it takes to read and set parameters. */
export type ParameterContext = Pick<HostContext, "namespace" | "standIn">;

/**
 * The value of a parameter, without the newline.
 *
 * @throws {HostCallError} `not-found` where this kernel, or a link of that name, is missing
 */
export function readParameter(context: ParameterContext, ns: Ns, path: string): string {
  const { standIn } = context;
  return explained(
    ns,
    path,
    undefined,
    () => standIn?.readParameter(ns, path) ?? readFile(context.namespace(ns), path),
  );
}

/** The parameter that the file shows to a thread in the namespace. @throws {KernelError} */
export function readFile(namespace: NetworkNamespace, path: string): string {
  // The kernel gives a value to one read alone, cut where the buffer ends.
  for (let size = MAX_VALUE_LENGTH;; size *= 8) {
    const buffer = new Uint8Array(size);
    const length = withFile(namespace, path, O_RDONLY, (fd) => readInto(fd, buffer));
    if (length < size || size >= MOST_READ) return new TextDecoder().decode(buffer.subarray(0, length)).trimEnd();
  }
}

/** @throws {HostCallError} as `readParameter`; `invalid` for a value that the kernel does not take */
export function writeParameter(context: ParameterContext, ns: Ns, path: string, value: string): void {
  if (value === "") throw malformed(path, value);
  putBackParameter(context, ns, path, value);
}

/** Sets a parameter as it was before: a list of nothing is empty then. @throws {HostCallError} as `writeParameter` */
export function putBackParameter(context: ParameterContext, ns: Ns, path: string, value: string): void {
  // The kernel does nothing for a write of no bytes.
  const bytes = new TextEncoder().encode(value === "" ? "\n" : value);
  if (bytes.length > MAX_VALUE_LENGTH || value.includes("\0")) throw malformed(path, value);
  explained(ns, path, value, () => {
    if (context.standIn !== undefined) return context.standIn.writeParameter(ns, path, value);
    writeFile(context.namespace(ns), path, bytes);
  });
}

function malformed(path: string, value: string): HostCallError {
  return new HostCallError(
    "invalid",
    `Cannot set the kernel parameter ${path.slice("/proc/sys/".length)} as the value is malformed: "${value}"`,
  );
}

/** Whether a value that was read can be set again, by one write. */
export function canBePutBack(value: string): boolean {
  return new TextEncoder().encode(value).length <= MAX_VALUE_LENGTH;
}

/** @param bytes at most `MAX_VALUE_LENGTH`. @throws {KernelError} */
export function writeFile(namespace: NetworkNamespace, path: string, bytes: Uint8Array): void {
  const buffer = new Uint8Array(MAX_VALUE_LENGTH);
  buffer.set(bytes);
  withFile(namespace, path, O_WRONLY, (fd) => writeFrom(fd, buffer, bytes.length));
}

/** Whether two values are one to the kernel, which separates the numbers of a list with tabs. */
export function sameValue(one: string, other: string): boolean {
  return one === other || words(one) === words(other);
}

function words(text: string): string {
  return text.trim().split(/\s+/).join(" ");
}

function withFile<T>(namespace: NetworkNamespace, path: string, flags: number, fn: (fd: number) => T): T {
  const fd = namespace.run(() => openFile(path, flags));
  try {
    return fn(fd);
  } finally {
    closeFile(fd);
  }
}

/** The kernel's refusals, in words. @param value that is to be set; none where it is to be read */
function explained<T>(ns: Ns, path: string, value: string | undefined, fn: () => T): T {
  const key = path.slice("/proc/sys/".length);
  const where = ns === "container" ? "in the container" : "on the host";
  const [verb, to] = value === undefined ? ["read", ""] : ["set", ` to ${JSON.stringify(value)}`];
  try {
    return fn();
  } catch (error) {
    if (isErrno(error, ENOENT)) {
      throw new HostCallError(
        "not-found",
        `Cannot ${verb} the kernel parameter ${key} ${where} as there is none: is the link missing, or IPv6 off?`,
        ENOENT,
      );
    }
    throw hostCallError(`${verb} the kernel parameter ${key} ${where}${to}`, error);
  }
}
