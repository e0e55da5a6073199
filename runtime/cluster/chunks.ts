// A list of peers in parts of which each is small enough for one call of a controller.

import type { Peer } from "cnidaria:cni/controller@0.3.0";

/** Peers in one call, whatever the limits: more make no call cheaper. */
const MOST = 500;
/** What an answer may take up for one peer: three records with names and addresses, or a sentence. See `Limits`. */
const ANSWER_BYTES = 1024;
/** Characters of what the others have put into the store that one call gets. */
const TEXT = 1024 * 1024;

/** The peers in parts, in their order; at least one a part. */
export function* chunksOf(peers: readonly Peer[], limits: { readonly valueBytes: number }): Generator<readonly Peer[]> {
  const most = Math.max(1, Math.min(MOST, Math.floor(limits.valueBytes / ANSWER_BYTES)));
  let from = 0;
  let text = 0;
  for (const [at, peer] of peers.entries()) {
    const size = sizeOf(peer);
    if (at > from && (at - from === most || text + size > TEXT)) {
      yield peers.slice(from, at);
      from = at;
      text = 0;
    }
    text += size;
  }
  if (from < peers.length) yield peers.slice(from);
}

function sizeOf({ name, subnet, publicIp, backendType, backendData }: Peer): number {
  return name.length + subnet.length + publicIp.length + backendType.length + backendData.length;
}
