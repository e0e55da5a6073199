import { assert, assertEquals } from "@std/assert";
import { NotifySocket } from "../../test/lab/notify_socket.ts";
import { inheritedListener, notify, Watchdog, watchdogInterval } from "./service_manager.ts";

const env = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("sockets are inherited by the process that they were meant for", () => {
  const of = (pid: string, descriptors: string) =>
    inheritedListener(env({ LISTEN_PID: pid, LISTEN_FDS: descriptors }), 42);
  assertEquals([of("42", "1"), of("42", "2")], [3, 3]);
  assertEquals([of("41", "1"), of("42", "0"), of("42", ""), of("", "1"), of("42", "x")], Array(5).fill(undefined));
  assertEquals(inheritedListener(env({}), 42), undefined);
});

for (const kind of ["a path", "an abstract name"]) {
  Deno.test(`the service manager is told at ${kind}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const address = kind === "a path" ? `${folder}/notify` : `@cnidaria-test-${crypto.randomUUID()}`;
      using socket = new NotifySocket(address);
      notify(env({ NOTIFY_SOCKET: address }), "READY=1");
      notify(env({ NOTIFY_SOCKET: address }), "STATUS=größer\nSTOPPING=1");
      assertEquals(socket.received(), ["READY=1", "STATUS=größer\nSTOPPING=1"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("without a service manager, or with one that has gone, nothing happens", () => {
  notify(env({}), "READY=1");
  notify(env({ NOTIFY_SOCKET: "" }), "READY=1");
  notify(env({ NOTIFY_SOCKET: "@nobody listens here" }), "READY=1");
  notify(env({ NOTIFY_SOCKET: `/${"x".repeat(200)}` }), "READY=1");
});

Deno.test("signs of life come twice in the time that the service manager names, where it means this process", () => {
  const of = (usec: string, pid?: string) =>
    watchdogInterval(env({ WATCHDOG_USEC: usec, ...pid !== undefined && { WATCHDOG_PID: pid } }), 42);
  assertEquals([of("60000000"), of("60000000", "42")], [30_000, 30_000]);
  assertEquals([of("60000000", "41"), of("0"), of(""), of("-5"), of("soon")], Array(5).fill(undefined));
});

Deno.test("signs of life come while it lives, stop while it does not, and end with it", async () => {
  const address = `@cnidaria-test-${crypto.randomUUID()}`;
  using socket = new NotifySocket(address);
  let lives = true;
  const wanted = env({ NOTIFY_SOCKET: address, WATCHDOG_USEC: "20000" });
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const counted = () => socket.received().filter((it) => it === "WATCHDOG=1").length;
  {
    using _ = new Watchdog(wanted, Deno.pid, () => lives);
    await socket.until("WATCHDOG=1");
    lives = false;
    const before = counted();
    await wait(60);
    assertEquals(counted(), before);
    lives = true;
    await wait(60);
    assert(counted() > before);
  }
  const after = counted();
  await wait(60);
  assertEquals(counted(), after);
});
