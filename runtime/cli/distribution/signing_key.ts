// Keys for signatures, from PEM files as openssl writes them.

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { CommandFailure } from "../output.ts";
import { fromHere } from "../plugin/subject.ts";

/**
 * Reads a key: ECDSA P-256 or Ed25519, as PEM, without a passphrase.
 *
 * @throws {CommandFailure} saying what it is instead
 */
export function readKey(path: string, kind: "private" | "public"): KeyObject {
  const no = (why: string) => new CommandFailure(`Cannot use ${path} as a ${kind} key: ${why}`);
  let key: KeyObject;
  try {
    const text = Deno.readTextFileSync(fromHere(path));
    if (/-----BEGIN ENCRYPTED [A-Z ]*PRIVATE KEY-----/.test(text)) {
      throw new Error("it is encrypted; keys without a passphrase can be used, `openssl genpkey` makes one");
    }
    key = kind === "private" ? createPrivateKey(text) : createPublicKey(text);
  } catch (error) {
    throw no((error as Error).message);
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const type = key.asymmetricKeyType;
  if (type === "ed25519" || (type === "ec" && (curve === "prime256v1" || curve === "P-256"))) return key;
  throw no(`it is ${type}${curve === undefined ? "" : ` ${curve}`}, ECDSA P-256 and Ed25519 can be used`);
}
