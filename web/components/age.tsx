// How long ago something was: for people, with the moment itself for machines and for those who hover.

import { ageOf } from "../../runtime/query/age.ts";

export function Age({ sinceMs, now }: { readonly sinceMs: number; readonly now: number }) {
  const at = new Date(sinceMs).toISOString();
  return <time dateTime={at} title={at}>{ageOf(sinceMs, now)}</time>;
}
