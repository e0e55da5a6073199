// The stream of what changes. The browser connects again by itself.

import type { Topic } from "../page.ts";

/** @param heard its topics are empty for the first answer of each connection: everything may have changed since */
export function listenToChanges(
  { changed, lost }: { changed(topics: readonly Topic[]): void; lost(): void },
): void {
  let source = new EventSource("/api/v1/stream");
  const open = () => {
    source.addEventListener("change", ({ data }) => changed(JSON.parse(data)));
    source.addEventListener("error", () => {
      lost();
      // One that was answered with an error is not tried again by the browser.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        source = new EventSource("/api/v1/stream");
        open();
      }, 2_000);
    });
  };
  open();
}
