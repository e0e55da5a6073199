import { assertEquals } from "@std/assert";
import { Changes } from "../../runtime/query/changes.ts";
import type { Topic } from "../page.ts";
import { stream } from "./stream.ts";

Deno.test("the stream begins at once, joins what changes at the same time, and ends with its reader", async () => {
  const changes = new Changes<Topic>();
  const response = stream({ changes });
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader.read()).value, "retry: 1000\nevent: change\ndata: []\n\n");
  for (const topic of ["attachments", "events", "attachments"] as const) changes.tell(topic);
  assertEquals((await reader.read()).value, 'event: change\ndata: ["attachments","events"]\n\n');
  changes.tell("cluster");
  assertEquals((await reader.read()).value, 'event: change\ndata: ["cluster"]\n\n');
  changes.tell("policy");
  // No timer is left, or the test would not end well.
  await reader.cancel();
  assertEquals(changes.isHeard, false);
});
