// What is live: server-sent events that say what has changed. Whoever hears them reads anew what it shows.

import type { WebParts } from "../parts.ts";
import type { Topic } from "../page.ts";

/** Milliseconds in which changes are told once. */
const SETTLE_MS = 150;
/** Milliseconds between two comments without which a proxy, or a browser that has gone, would not be noticed. */
const BEAT_MS = 15_000;

/** `event: change` with the topics as JSON; the first at once. */
export function stream(parts: Pick<WebParts, "changes">): Response {
  const encoder = new TextEncoder();
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const due = new Set<Topic>();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const tell = () => {
        timer = undefined;
        send(`event: change\ndata: ${JSON.stringify([...due])}\n\n`);
        due.clear();
      };
      const stop = parts.changes.listen((topic) => {
        due.add(topic);
        timer ??= setTimeout(tell, SETTLE_MS);
      });
      const beat = setInterval(() => send(":\n\n"), BEAT_MS);
      end = () => {
        stop();
        clearTimeout(timer);
        clearInterval(beat);
      };
      send("retry: 1000\nevent: change\ndata: []\n\n");
    },
    cancel: () => end(),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
