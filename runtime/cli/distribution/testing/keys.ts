// Key pairs as PEM files, for tests.

import { generateKeyPairSync } from "node:crypto";

export interface KeyFiles {
  readonly private: string;
  readonly public: string;
}

export function writeKeys(directory: string, type: "ed25519" | "P-256" | "P-384"): KeyFiles {
  const encoding = {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  } as const;
  const pair = type === "ed25519"
    ? generateKeyPairSync("ed25519", encoding)
    : generateKeyPairSync("ec", { namedCurve: type, ...encoding });
  const path = `${directory}/${type}.${crypto.randomUUID().slice(0, 8)}`;
  Deno.writeTextFileSync(`${path}.key`, pair.privateKey);
  Deno.writeTextFileSync(`${path}.pub`, pair.publicKey);
  return { private: `${path}.key`, public: `${path}.pub` };
}
