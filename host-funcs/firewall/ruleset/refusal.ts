// What a component is told of a change that cannot be, and what a name may be.

import { HostCallError } from "../../error.ts";

const NAME = /^[a-z][a-z0-9._/-]{0,95}$/;

/** @param doing completes "Cannot" */
export function refuse(doing: string, reason: string): never {
  throw new HostCallError("invalid", `Cannot ${doing} as ${reason}`);
}

/** @throws {HostCallError} `invalid` */
export function checkName(kind: "set" | "chain" | "counter", name: string): void {
  if (NAME.test(name)) return;
  refuse(
    `name a ${kind} ${quote(name)}`,
    `a name is 1 to 96 characters of a-z, 0-9, ".", "_", "-" and "/", the first a letter`,
  );
}

/** Of a text that was not understood, as much as a message can bear. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
