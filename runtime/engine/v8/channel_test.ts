import { assertEquals, assertThrows } from "@std/assert";
import { Channel, ChannelClosed, channelMemory, HOST, MAX_MESSAGE_BYTES, WORKER } from "./channel.ts";

Deno.test("Channel gives up at the deadline where nobody answers", () => {
  const channel = new Channel(channelMemory(), HOST);
  channel.open();
  const start = performance.now();
  assertEquals(channel.receive(30), undefined);
  assertEquals(performance.now() - start >= 29, true);
});

Deno.test("Channel carries messages both ways, and grows for a long one", () => {
  const memory = channelMemory();
  const host = new Channel(memory, HOST);
  const worker = new Channel(memory, WORKER);
  host.open();
  worker.send({ n: 7n });
  assertEquals(host.receive(), { n: 7n });
  const long = "x".repeat(600_000);
  host.send(long);
  assertEquals(worker.receive() === long, true);
});

Deno.test("Channel refuses a message that is too long", () => {
  const channel = new Channel(channelMemory(), WORKER);
  channel.open();
  assertThrows(() => channel.send(new Uint8Array(MAX_MESSAGE_BYTES + 1)), RangeError, "more than 67108864 bytes");
});

Deno.test("Channel does not read a message that is longer than its reader allows", () => {
  const memory = channelMemory();
  const host = new Channel(memory, HOST);
  host.open();
  new Channel(memory, WORKER).send("x".repeat(1000));
  assertThrows(() => host.receive(Infinity, 1000), RangeError, "more than 1000 bytes: 1005");
});

Deno.test("Channel does not read a message that is longer than the memory, whatever its length says", () => {
  const memory = channelMemory();
  const host = new Channel(memory, HOST);
  host.open();
  new Channel(memory, WORKER).send("x");
  for (const length of [-1, 0x7fffffff, memory.byteLength]) {
    new Int32Array(memory)[1] = length;
    assertThrows(() => host.receive(), RangeError, String(length));
  }
});

Deno.test("Channel wakes the other side with an error when it is closed", () => {
  const memory = channelMemory();
  const worker = new Channel(memory, WORKER);
  new Channel(memory, HOST).close();
  assertThrows(() => worker.receive(), ChannelClosed);
  assertThrows(() => worker.send(1), ChannelClosed);
});
