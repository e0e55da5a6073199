import { assertEquals, assertMatch } from "@std/assert";
import { closeFile } from "../../host-funcs/sys/libc.ts";
import { accept, listenUnix } from "../../host-funcs/sys/unix_socket.ts";
import { SocketCaller } from "./socket_caller.ts";

/** A connection from both its ends. */
async function connected(body: (fd: number, peer: Deno.UnixConn) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const listener = listenUnix(`${folder}/a.sock`, 1);
  const peer = await Deno.connect({ transport: "unix", path: `${folder}/a.sock` });
  const fd = accept(listener)!;
  try {
    await body(fd, peer);
  } finally {
    closeFile(fd);
    closeFile(listener);
    try {
      peer.close();
    } catch {
      // It was closed by the test.
    }
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a caller is there until it ends its connection", () =>
  connected((fd, peer) => {
    const caller = new SocketCaller(fd, () => false);
    assertEquals([caller.whyGone(), caller.isGone()], [undefined, false]);
    peer.close();
    assertMatch(caller.whyGone()!, /has ended/);
    assertEquals(caller.isGone(), true);
    return Promise.resolve();
  }));

Deno.test("one that has stopped to wait, but listens, is gone as well; what it had sent before does not hide that", () =>
  connected(async (fd, peer) => {
    const caller = new SocketCaller(fd, () => false);
    await peer.write(new Uint8Array(16));
    assertEquals(caller.isGone(), false);
    await peer.closeWrite();
    assertEquals(caller.isGone(), true);
  }));

Deno.test("the agent's own end is as if the caller were gone", () =>
  connected((fd) => {
    let ends = false;
    const caller = new SocketCaller(fd, () => ends);
    assertEquals(caller.isGone(), false);
    ends = true;
    assertEquals([caller.whyGone(), caller.isGone()], ["the agent ends", true]);
    return Promise.resolve();
  }));
