import { assert, assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { networkTest } from "../test_context.ts";
import { currentNamespace, openNamespace } from "./namespace.ts";
import { createNamespace, deleteNamespace } from "./namespace_create.ts";
import { specialFileIdentity } from "./special_file.ts";

/** The namespace of every thread of this process. */
function namespacesOfThreads(): string[] {
  return [...Deno.readDirSync("/proc/self/task")].map(({ name }) =>
    Deno.readLinkSync(`/proc/self/task/${name}/ns/net`)
  );
}

const here = () => Deno.readLinkSync("/proc/thread-self/ns/net");

networkTest("run() is in the namespace, and back afterwards", (context) => {
  const before = here();
  const namespace = context.namespace("container");
  const inside = namespace.run(here);
  assertEquals(inside, `net:[${namespace.inode}]`);
  assert(inside !== before);
  assertEquals(here(), before);
});

networkTest("run() comes back after an error, and hands it on", (context) => {
  const before = here();
  assertThrows(
    () =>
      context.namespace("container").run(() => {
        throw new RangeError("inside");
      }),
    RangeError,
    "inside",
  );
  assertEquals(here(), before);
});

networkTest("run() refuses asynchronous functions, and promises", (context) => {
  const namespace = context.namespace("container");
  let ran = false;
  assertThrows(
    () =>
      namespace.run(async () => {
        ran = true;
        await Promise.resolve();
      }),
    TypeError,
    "asynchronous",
  );
  assertEquals(ran, false);
  const before = here();
  assertThrows(() => namespace.run(() => Promise.resolve()), TypeError, "promise");
  assertEquals(here(), before);
});

networkTest("run() refuses to be nested", (context) => {
  const namespace = context.namespace("container");
  const before = here();
  assertThrows(() => namespace.run(() => namespace.run(here)), TypeError, "one at a time");
  assertThrows(() => currentNamespace().run(() => namespace.run(here)), TypeError, "one at a time");
  assertEquals(here(), before);
  assertEquals(namespace.run(here), `net:[${namespace.inode}]`);
});

networkTest("no thread is left in a namespace that was entered", async (context) => {
  const namespace = openNamespace(context.path);
  const own = here();
  for (let round = 0; round < 20; round++) {
    // The asynchronous reads make the pool start threads, before and after.
    const reads = Array.from({ length: 8 }, () => Deno.readTextFile("/proc/self/stat"));
    namespace.run(here);
    await Promise.all(reads);
  }
  namespace.close();
  const threads = namespacesOfThreads();
  assert(threads.length > 1);
  assertEquals(threads.filter((name) => name !== own), []);
});

networkTest("openSocket() gives a socket that stays in the namespace", (context) => {
  const links = context.netlink("container");
  assertEquals(here(), `net:[${currentNamespace().inode}]`);
  links.close();
});

networkTest("a closed namespace says so", (context) => {
  const namespace = openNamespace(context.path);
  namespace.close();
  namespace.close();
  assertThrows(() => namespace.run(here), HostCallError, "has been closed");
});

Deno.test("openNamespace() and specialFileIdentity() do not wait for the writer of a pipe", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const path = `${directory}/pipe`;
    assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
    assertThrows(() => openNamespace(path), HostCallError, "as it is none");
    assert(specialFileIdentity(path) !== "");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("openNamespace() says what is wrong with a path", () => {
  const code = (path: string) => {
    const error: unknown = assertThrows(() => openNamespace(path), HostCallError, path);
    return (error as HostCallError).code;
  };
  assertEquals(code("/run/netns/surely-not-there"), "not-found");
  assertEquals(code("/etc/passwd"), "invalid");
  assertEquals(code("/tmp"), "invalid");
  assertEquals(code("relative/path"), "invalid");
});

networkTest("entering a namespace of another kind says so", () => {
  const user = openNamespace("/proc/self/ns/uts");
  const error: unknown = assertThrows(() => user.run(here), HostCallError, "/proc/self/ns/uts");
  assertEquals((error as HostCallError).code, "invalid");
  user.close();
});

networkTest("createNamespace() makes one namespace for each path, deleteNamespace() removes it", (context) => {
  const before = here();
  const path = `${context.path}-more`;
  createNamespace(path);
  try {
    assertEquals(here(), before);
    assertThrows(() => createNamespace(path));
    const namespace = openNamespace(path);
    assert(namespace.inode !== context.namespace("container").inode);
    namespace.close();
  } finally {
    deleteNamespace(path);
  }
  deleteNamespace(path);
  assertEquals(here(), before);
  assertThrows(() => openNamespace(path), HostCallError, "no such file");
});

networkTest("a process whose way back fails ends at once, with a message", (context) => {
  const script = `
    const { libc } = await import("${new URL("./libc.ts", import.meta.url)}");
    const { openNamespace, currentNamespace } = await import("${new URL("./namespace.ts", import.meta.url)}");
    const namespace = openNamespace(Deno.args[0]);
    namespace.run(() => libc.close(currentNamespace().fd));
    Deno.stdout.writeSync(new TextEncoder().encode("went on"));
  `;
  const file = Deno.makeTempFileSync({ suffix: ".ts" });
  Deno.writeTextFileSync(file, script);
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", new URL("../../deno.json", import.meta.url).pathname, file, context.path],
  }).outputSync();
  Deno.removeSync(file);
  assertEquals(code, 1);
  assertEquals(new TextDecoder().decode(stdout), "");
  assert(new TextDecoder().decode(stderr).includes(`Cannot return from the network namespace ${context.path}`));
});
