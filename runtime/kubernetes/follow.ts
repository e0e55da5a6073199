// All objects of a kind, as they change: listed once, then watched from that resource version on.

import { pause } from "../cluster/patience.ts";
import { BackOff } from "../cluster/store/back_off.ts";
import { StoreError } from "../cluster/store/store.ts";
import { type ApiClient, type Collection, Gone, NotThere } from "./api_client.ts";

/** Milliseconds without a word, after which it is asked whether the API still serves. Bookmarks come every minute. */
const PROBE_MS = 90_000;
/** Milliseconds until a kind that the API does not know is looked for again. */
const AGAIN_MS = 180_000;

export interface FollowTimes {
  /** Made for each kind. */
  readonly backOff?: () => BackOff;
  readonly probeMs?: number;
  readonly againMs?: number;
}

export type Followed =
  /** Everything there is. */
  | { readonly kind: "all"; readonly objects: readonly unknown[] }
  | { readonly kind: "set" | "gone"; readonly object: unknown }
  /** The API does not know the kind: there is nothing of it. */
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable"; readonly why: string }
  /** After `unreachable`. */
  | { readonly kind: "reachable" };

/**
 * Follows a kind; resumes by itself, with back-off. Ends only by `signal`.
 *
 * @param optional whether there may be no such kind: then it is looked for again now and then
 */
export async function* follow(
  client: ApiClient,
  collection: Collection,
  optional: boolean,
  signal: AbortSignal,
  { backOff: newBackOff = () => new BackOff(), probeMs = PROBE_MS, againMs = AGAIN_MS }: FollowTimes = {},
): AsyncGenerator<Followed> {
  const backOff = newBackOff();
  let place: string | undefined;
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      if (place === undefined) {
        const { items, resourceVersion } = await client.list(collection, signal);
        if (told !== undefined) yield { kind: "reachable" };
        told = undefined;
        yield { kind: "all", objects: items };
        place = resourceVersion;
      }
      for await (const event of client.watch(collection, place, probeMs, signal)) {
        if (told !== undefined) yield { kind: "reachable" };
        told = undefined;
        if (event.resourceVersion !== "") {
          place = event.resourceVersion;
          backOff.reset();
        }
        if (event.type !== "bookmark") yield { kind: event.type, object: event.object };
      }
      // Ended by the API: it does so now and then.
      await pause(backOff.next(), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Gone) {
        place = undefined;
        await pause(backOff.next(), signal);
        continue;
      }
      if (optional && error instanceof NotThere) {
        if (told !== undefined) yield { kind: "reachable" };
        told = undefined;
        place = undefined;
        yield { kind: "unknown" };
        await pause(againMs, signal);
        continue;
      }
      const why = error instanceof StoreError
        ? error.message
        : `Cannot watch ${collection.what} as ${(error as Error).message}`;
      if (why !== told) yield { kind: "unreachable", why };
      told = why;
      client.reset();
      await pause(backOff.next(), signal);
    }
  }
}
