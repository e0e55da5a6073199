import { assert, assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { closeFile } from "./libc.ts";
import {
  accept,
  adoptListener,
  isHungUp,
  listenRefusal,
  listenUnix,
  openWaker,
  peerOf,
  readExactly,
  setTimeouts,
  waitReadable,
  wake,
  writeAll,
} from "./unix_socket.ts";

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** A listening socket, and what is closed at the end. */
async function listening(body: (path: string, listener: number) => void | Promise<void>) {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a.sock`;
  const listener = listenUnix(path, 4);
  try {
    await body(path, listener);
  } finally {
    closeFile(listener);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a connection is accepted, and read and written whole", () =>
  listening(async (path, listener) => {
    const waker = openWaker();
    assertEquals(waitReadable(listener, waker, 0), "timeout");
    assertEquals(accept(listener), undefined);
    const client = await Deno.connect({ transport: "unix", path });
    assertEquals(waitReadable(listener, waker, 1000), "readable");
    const fd = accept(listener)!;
    setTimeouts(fd, 2000);
    await client.write(new TextEncoder().encode("hello"));
    assertEquals([text(readExactly(fd, 2)), text(readExactly(fd, 3))], ["he", "llo"]);
    assertEquals(peerOf(fd), { pid: Deno.pid, uid: Deno.uid()! });
    assert(writeAll(fd, new TextEncoder().encode("answer")));
    const buffer = new Uint8Array(16);
    assertEquals(text(buffer.subarray(0, (await client.read(buffer))!)), "answer");
    assertEquals(isHungUp(fd), false);
    client.close();
    assertEquals(isHungUp(fd), true);
    assertEquals(readExactly(fd, 1), undefined);
    assertEquals(writeAll(fd, new Uint8Array(128)), false);
    closeFile(fd);
    closeFile(waker);
  }));

Deno.test("a read ends with its time limit", () =>
  listening(async (path, listener) => {
    using _client = await Deno.connect({ transport: "unix", path });
    const fd = accept(listener)!;
    setTimeouts(fd, 20);
    assertEquals(readExactly(fd, 1), undefined);
    closeFile(fd);
  }));

Deno.test("a read ends at its deadline, although now and then a byte comes", () =>
  listening(async (path, listener) => {
    using client = await Deno.connect({ transport: "unix", path });
    const fd = accept(listener)!;
    setTimeouts(fd, 500);
    await client.write(new Uint8Array(8));
    // The bytes that are there are read; no read begins after the deadline.
    assertEquals(readExactly(fd, 4, performance.now() + 500)?.length, 4);
    assertEquals(readExactly(fd, 4, performance.now() - 1), undefined);
    closeFile(fd);
  }));

Deno.test("a listening socket is taken over; one that does not listen, or is of another kind, is refused", () =>
  listening(async (path, listener) => {
    adoptListener(listener);
    using _client = await Deno.connect({ transport: "unix", path });
    const fd = accept(listener)!;
    assertThrows(() => adoptListener(fd), HostCallError, "none of the UNIX domain that listens");
    closeFile(fd);
    const waker = openWaker();
    assertThrows(() => adoptListener(waker), HostCallError, `Cannot take over the listening socket ${waker} as`);
    closeFile(waker);
  }));

Deno.test("the socket is its owner's alone; a path that is in use is refused, one that was left is taken", () =>
  listening((path, listener) => {
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    assertThrows(() => listenUnix(path, 1), HostCallError, "another process does already");
    closeFile(listener);
    closeFile(listenUnix(path, 1));
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, "a file");
    assertThrows(() => listenUnix(path, 1), HostCallError, "no socket");
    assertThrows(() => listenUnix(`/tmp/${"x".repeat(120)}`, 1), HostCallError, "longer than 107 bytes");
    // The one that the helper closes.
    Deno.removeSync(path);
    assertEquals(listenUnix(path, 1), listener);
  }));

Deno.test({
  name: `who is not root is told so, whatever of the path is root's alone${Deno.uid() === 0 ? "" : " (needs root)"}`,
  ignore: Deno.uid() !== 0,
  fn: () =>
    listening((path) => {
      const folder = path.slice(0, path.lastIndexOf("/"));
      const refused = (path: string) =>
        asUser(65534, () =>
          assertThrows(
            () => listenUnix(path, 1),
            HostCallError,
            `Cannot listen at ${path} as user 65534 lacks the permission for that; run it as root`,
          ));
      for (const mode of [0o700, 0o755]) {
        Deno.chmodSync(folder, mode);
        refused(path);
        refused(`${folder}/b.sock`);
      }
      const refusedToRoot = () => {
        throw listenRefusal(path, new Deno.errors.PermissionDenied("by a security module"));
      };
      const words = `Cannot listen at ${path} as the file system refuses it: by a security module`;
      assertThrows(refusedToRoot, HostCallError, words);
    }),
});

/** Runs `body` with all of the process as another user. */
function asUser(uid: number, body: () => void): void {
  const libc = Deno.dlopen("libc.so.6", { setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" } });
  try {
    libc.symbols.setresuid(uid, uid, 0);
    body();
  } finally {
    libc.symbols.setresuid(0, 0, 0);
    libc.close();
  }
}

Deno.test("a waker wakes, and goes on doing so", () =>
  listening((_path, listener) => {
    const waker = openWaker();
    wake(waker);
    assertEquals([waitReadable(listener, waker, 1000), waitReadable(listener, waker, 1000)], ["woken", "woken"]);
    closeFile(waker);
  }));
