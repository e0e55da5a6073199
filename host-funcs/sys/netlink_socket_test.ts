import { assert, assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { linkMessage, linkQuery, readLink, RTM_NEWLINK } from "../links/link_message.ts";
import { networkTest } from "../test_context.ts";
import { KernelError } from "./errno.ts";
import { closeFile } from "./libc.ts";
import { NetlinkSocket, openNetlink } from "./netlink_socket.ts";

networkTest("query() and dump() show the namespace that the socket was opened in", (context) => {
  const netlink = context.netlink("container");
  assertEquals(readLink(netlink.query(linkQuery("lo")))?.name, "lo");
  const names = netlink.dump(linkQuery()).map((message) => readLink(message)?.name);
  assertEquals(names, context.ip("container", "link").map((link: { ifname: string }) => link.ifname));
});

networkTest("query() throws the kernel's answer", (context) => {
  const error: unknown = assertThrows(() => context.netlink("container").query(linkQuery("nothing")), KernelError);
  assertEquals((error as KernelError).errno, 19);
});

networkTest("batch() answers for each message, also after one that failed", (context) => {
  const netlink = context.netlink("container");
  const up = linkMessage(RTM_NEWLINK, { index: 1, flags: 1, change: 1 });
  const bad = linkMessage(RTM_NEWLINK, { index: 1 }).attrU32(4, 0x80000000);
  const gone = linkMessage(RTM_NEWLINK, { index: 9999, flags: 1, change: 1 });
  const answers = netlink.batch([bad, up, gone]);
  assertEquals(answers.map((answer) => answer?.errno), [22, undefined, 19]);
  assertEquals(answers[0]?.text, "mtu less than device minimum");
  const [lo] = context.ip("container", "link", "show", "lo");
  assert(lo.flags.includes("UP"));
  assertEquals(netlink.batch([]), []);
});

networkTest("waitForNotification() waits for one, and no longer than it should", (context) => {
  const notifications = openNetlink(context.namespace("container"), [1]);
  const start = performance.now();
  assertEquals(notifications.waitForNotification(30), false);
  const waited = performance.now() - start;
  assert(waited >= 25 && waited < 1000, `${waited} ms`);
  context.netlink("container").request(linkMessage(RTM_NEWLINK, { index: 1, flags: 1, change: 1 }));
  assertEquals(notifications.waitForNotification(1000), true);
  notifications.close();
});

networkTest("waitForNotification() takes lost notifications as a notification", (context) => {
  const notifications = openNetlink(context.namespace("container"), [1]);
  const netlink = context.netlink("container");
  for (let round = 0; round < 2000; round++) {
    netlink.request(linkMessage(RTM_NEWLINK, { index: 1, flags: round & 1, change: 1 }));
  }
  let count = 0;
  while (notifications.waitForNotification(5)) count++;
  assert(count > 0 && count < 2000, `${count} of 2000 notifications: the buffer was large enough for all`);
  notifications.close();
});

networkTest("dump() is repeated while others change the list, and comes to an end", (context) => {
  const netlink = context.netlink("host");
  const args = [
    "-c",
    `for i in $(seq 30); do ip link add ${context.unique}$i type bridge; ip link del ${context.unique}$i; done`,
  ];
  const child = new Deno.Command("sh", { args }).spawn();
  for (let round = 0; round < 500; round++) {
    const names = netlink.dump(linkQuery()).map((message) => readLink(message)?.name);
    assertEquals(names[0], "lo");
    assertEquals(new Set(names).size, names.length);
  }
  return child.status.then(({ success }) => assert(success));
});

/** Two ends of a connection that keeps messages apart, as netlink does. */
function socketPair(): [number, number] {
  const library = Deno.dlopen("libc.so.6", {
    socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  });
  const [AF_UNIX, SOCK_SEQPACKET] = [1, 5];
  const fds = new Int32Array(32);
  const result = library.symbols.socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds);
  library.close();
  assertEquals(result, 0);
  return [fds[0]!, fds[1]!];
}

/**
 * Writes messages that are no answer, without an end, in a thread of its own: a pod can do so to its own sockets.
 *
 * @returns once it has begun
 */
async function flood(fd: number): Promise<Worker> {
  const code = `
    const { symbols } = Deno.dlopen("libc.so.6", { write: { parameters: ["i32", "buffer", "usize"], result: "isize" } });
    const message = new Uint8Array(256);
    new DataView(message.buffer).setUint32(0, 20, true);
    symbols.write(${fd}, message, 20n);
    postMessage("begun");
    for (;;) symbols.write(${fd}, message, 20n);`;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  await new Promise((resolve) => worker.onmessage = resolve);
  URL.revokeObjectURL(url);
  return worker;
}

networkTest("a socket that is sent anything but the answer does not wait for ever", async () => {
  const [ours, theirs] = socketPair();
  const netlink = new NetlinkSocket(ours, "a pod", 300);
  const worker = await flood(theirs);
  try {
    const start = performance.now();
    for (const ask of [() => netlink.query(linkQuery("lo")), () => netlink.dump(linkQuery())]) {
      const error: unknown = assertThrows(ask, KernelError, "no answer in it");
      assertEquals((error as KernelError).errno, 11);
    }
    assert(performance.now() - start < 3000);
  } finally {
    // The worker's end stays open: it may still be about to write.
    netlink.close();
    worker.terminate();
  }
});

networkTest("a socket whose other end is closed says so", () => {
  const [ours, theirs] = socketPair();
  closeFile(theirs);
  const netlink = new NetlinkSocket(ours, "a pod");
  assertThrows(() => netlink.waitForNotification(100), HostCallError, "as none comes");
  netlink.close();
});

networkTest("a closed socket says so", (context) => {
  const netlink = openNetlink(context.namespace("host"));
  netlink.close();
  netlink.close();
  assertThrows(() => netlink.query(linkQuery("lo")), HostCallError, "is closed");
});
