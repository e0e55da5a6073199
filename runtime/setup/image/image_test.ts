// The image of a small program, twice.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { run } from "../command.ts";
import { writeLayout } from "./oci_layout.ts";
import { makeRootFs } from "./root_fs.ts";

const missing = await run("dpkg-deb", ["--version"]) === undefined ? " (skipped: needs dpkg-deb)" : "";

/** A built program and a package, with times and modes that depend on who made them. */
async function sourceIn(dir: string, umask: number, names: readonly string[]) {
  const before = Deno.umask(umask);
  try {
    for (const name of names) {
      await Deno.mkdir(`${dir}/dist/${name.replace(/[^/]*$/, "")}`, { recursive: true });
      await Deno.writeTextFile(`${dir}/dist/${name}`, name);
    }
    await Deno.writeTextFile(`${dir}/deno`, "elf");
    await Deno.mkdir(`${dir}/package/DEBIAN`, { recursive: true });
    await Deno.chmod(`${dir}/package/DEBIAN`, 0o755);
    await Deno.writeTextFile(`${dir}/package/DEBIAN/control`, CONTROL);
    for (const path of ["usr/share/doc/small", "usr/share/man", "usr/lib"]) {
      await Deno.mkdir(`${dir}/package/${path}`, { recursive: true });
    }
    for (const path of ["usr/share/doc/small/copyright", "usr/share/doc/small/changelog", "usr/share/man/page"]) {
      await Deno.writeTextFile(`${dir}/package/${path}`, path);
    }
    await Deno.writeTextFile(`${dir}/package/usr/lib/libsmall.so.1`, "elf");
    await Deno.symlink("libsmall.so.1", `${dir}/package/usr/lib/libsmall.so`);
    const packed = await run("dpkg-deb", ["--build", "--root-owner-group", `${dir}/package`, `${dir}/small.deb`]);
    assertEquals(packed?.code, 0, packed?.output);
    return { dist: `${dir}/dist`, deno: `${dir}/deno`, packages: [`${dir}/small.deb`] };
  } finally {
    Deno.umask(before);
  }
}

const CONTROL =
  "Package: small\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.com>\nDescription: small\n";
const NAMES = ["cnidaria.js", "plugins/bridge/plugin.wasm", "lib/libwasmtime.so", "bin/entry"];

async function withDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test({
  name: `the same input makes the same image, whatever its files' times and order and the umask are${missing}`,
  ignore: missing !== "",
  fn: () =>
    withDir(async (dir) => {
      const image = async (name: string, umask: number, names: readonly string[], epoch = 1_000_000_000) => {
        const before = Deno.umask(umask);
        try {
          await makeRootFs(await sourceIn(`${dir}/${name}`, umask, names), `${dir}/${name}/rootfs`);
          return await writeLayout(`${dir}/${name}/rootfs`, `${dir}/${name}/image`, epoch, "test");
        } finally {
          Deno.umask(before);
        }
      };
      const first = await image("one", 0o022, NAMES);
      assertMatch(first, /^sha256:[0-9a-f]{64}$/);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      assertEquals(await image("two", 0o077, NAMES.toReversed()), first);
      const others = [await image("three", 0o022, NAMES, 1), await image("four", 0o022, [...NAMES, "more.js"])];
      assertEquals(new Set([first, ...others]).size, 3);
      // What the digests name is what is there: index, manifest, configuration and layer.
      const read = async (digest: string) => {
        const bytes = await Deno.readFile(`${dir}/one/image/blobs/${digest.replace(":", "/")}`);
        assertEquals(`sha256:${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}`, digest);
        return bytes;
      };
      const json = async (digest: string) => JSON.parse(new TextDecoder().decode(await read(digest)));
      const manifest = await json(first);
      const config = await json(manifest.config.digest);
      const unpacked = new Response(await read(manifest.layers[0].digest)).body!
        .pipeThrough(new DecompressionStream("gzip"));
      const plain = await new Response(unpacked).bytes();
      const diffId = new Uint8Array(await crypto.subtle.digest("SHA-256", plain)).toHex();
      assertEquals(config.rootfs.diff_ids, [`sha256:${diffId}`]);
    }),
});

Deno.test({
  name:
    `the root file system has the program, the packages' libraries, licences and control files, and no pages${missing}`,
  ignore: missing !== "",
  fn: () =>
    withDir(async (dir) => {
      const source = await sourceIn(dir, 0o022, [...NAMES, "image/index.json", ".setup.lock"]);
      await makeRootFs(source, `${dir}/rootfs`);
      const listed = await run("find", [`${dir}/rootfs`, "!", "-type", "d", "-printf", "%P %m\\n"]);
      assertEquals(listed!.output.split("\n").sort(), [
        "cnidaria/bin/cnidaria 755",
        "cnidaria/bin/deno 755",
        "cnidaria/bin/entry 755",
        "cnidaria/lib/cnidaria/cnidaria.js 644",
        "cnidaria/lib/cnidaria/lib/libwasmtime.so 644",
        "cnidaria/lib/cnidaria/plugins/bridge/plugin.wasm 644",
        "etc/group 644",
        "etc/nsswitch.conf 644",
        "etc/passwd 644",
        "usr/lib/libsmall.so 777",
        "usr/lib/libsmall.so.1 644",
        "usr/share/doc/small/copyright 644",
        "var/lib/dpkg/status.d/small 644",
      ]);
    }),
});

Deno.test({
  name: `what is not built is told${missing}`,
  ignore: missing !== "",
  fn: () =>
    withDir(async (dir) => {
      const source = await sourceIn(dir, 0o022, ["cnidaria.js"]);
      await assertRejects(() => makeRootFs(source, `${dir}/rootfs`), Error, "run `deno task setup` first");
    }),
});
