// What the kernel keeps with a rule and does not look at: its comment, for nft, and a digest of all that it says, by which
// it is known again. A rule in the kernel never changes: whoever replaces it makes another, without our digest.
// Source: libnftnl's udata.h: u8 type, u8 length, value.

import type { Chain, Rule } from "cnidaria:cni/nftables@0.3.0";

const NFTNL_UDATA_RULE_COMMENT = 0;
/** Far above those that nft knows, which passes over the others. */
const DIGEST = 0xc1;
const DIGEST_BYTES = 8;
const MAX_COMMENT = 120;
/** Another number wherever the same rule becomes other expressions. */
const FORMAT = 1;

const encoder = new TextEncoder();

export function userDataOf(rule: Rule): Uint8Array {
  const comment = encoder.encode(commentOf(rule) + "\0");
  const tail = [DIGEST, DIGEST_BYTES, ...digestOf(rule)];
  if (comment.length === 1) return new Uint8Array(tail);
  return new Uint8Array([NFTNL_UDATA_RULE_COMMENT, comment.length, ...comment, ...tail]);
}

/** As nft prints it. */
export function commentOf({ comment }: Rule): string {
  return comment.slice(0, MAX_COMMENT).replace(/[^A-Za-z0-9._:/,()[\] -]/g, "?");
}

/** All digests of a chain's rules, in their order. */
export function digestsOf(chain: Chain): string {
  return chain.rules.map((rule) => text(digestOf(rule))).join(" ");
}

/** The digest within a rule's user data; empty where there is none of ours. */
export function digestIn(userData: Uint8Array | undefined): string {
  const bytes = userData ?? new Uint8Array();
  for (let at = 0; at + 2 <= bytes.length; at += 2 + bytes[at + 1]!) {
    if (bytes[at] === DIGEST) return text(bytes.subarray(at + 2, at + 2 + bytes[at + 1]!));
  }
  return "";
}

const known = new WeakMap<Rule, Uint8Array>();

function digestOf(rule: Rule): Uint8Array {
  let digest = known.get(rule);
  if (digest === undefined) known.set(rule, digest = hash(`${FORMAT} ${JSON.stringify(rule)}`));
  return digest;
}

/** Two times FNV-1a with 32 bits, from two beginnings: no protection from whoever may write rules anyway. */
function hash(value: string): Uint8Array {
  let [one, two] = [0x811c9dc5, 0x2f7a31c5];
  for (let at = 0; at < value.length; at++) {
    one = Math.imul(one ^ value.charCodeAt(at), 0x01000193);
    two = Math.imul(two ^ (value.charCodeAt(at) + at), 0x01000193);
  }
  const bytes = new Uint8Array(DIGEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, one >>> 0);
  view.setUint32(4, two >>> 0);
  return bytes;
}

function text(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
