// The image's root file system: Debian's packages without what only people read, the built program, and the few files and
// folders that programs expect.

import { run } from "../command.ts";
import { libraryFiles } from "../install/release.ts";

/** What it is made of. */
export interface RootFsSource {
  /** The built host, as `deno task setup` makes it. */
  readonly dist: string;
  /** The Deno executable. */
  readonly deno: string;
  /** Paths of .deb files. */
  readonly packages: readonly string[];
}

/** Of the packages: what nothing in the image reads. Licences stay. */
const LEFT_OUT = [
  "usr/share/man",
  "usr/share/lintian",
  "usr/share/locale",
  "usr/share/doc-base",
  "usr/share/debianutils",
  "usr/share/menu",
  "usr/lib/x86_64-linux-gnu/gconv",
  "lib/x86_64-linux-gnu/gconv",
];

/** /var/run is no link to /run: the kubelet mounts a pod's service account below it, and a node's /run may be mounted. */
const FOLDERS = ["dev", "proc", "sys", "run", "root", "var/run", "var/lib", "var/log", "opt/cni/bin", "opt/cnidaria"];

const FILES: Readonly<Record<string, string>> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
  "etc/group": "root:x:0:\nnogroup:x:65534:\n",
  // Else the C library would not read /etc/hosts.
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

const entrypoint = new URL("./entrypoint.sh", import.meta.url).pathname;

/**
 * Makes the root file system. Modes are the same whatever the umask.
 *
 * @param into a folder that is empty, or not there
 * @throws {Error} a sentence that says what to do
 */
export async function makeRootFs({ dist, deno, packages }: RootFsSource, into: string): Promise<void> {
  await Deno.mkdir(into, { recursive: true });
  for (const path of packages) await extract(path, into);
  for (const path of LEFT_OUT) await Deno.remove(`${into}/${path}`, { recursive: true }).catch(() => {});
  await keepLicences(`${into}/usr/share/doc`);
  for (const folder of FOLDERS) await Deno.mkdir(`${into}/${folder}`, { recursive: true });
  for (const [path, text] of Object.entries(FILES)) await put(`${into}/${path}`, new TextEncoder().encode(text));
  const program = `${into}/cnidaria`;
  for (const { path, source } of libraryFiles(dist)) {
    if (typeof source === "string") await copy(source, `${program}/${path}`);
  }
  await copy(`${dist}/bin/entry`, `${program}/bin/entry`);
  await copy(deno, `${program}/bin/deno`);
  await copy(entrypoint, `${program}/bin/cnidaria`);
  for (const name of ["entry", "deno", "cnidaria"]) await Deno.chmod(`${program}/bin/${name}`, 0o755);
  await setModes(into);
  await Deno.mkdir(`${into}/tmp`, { recursive: true });
  await Deno.chmod(`${into}/tmp`, 0o1777);
}

/** Also its control file, where scanners for known vulnerabilities look for it. */
async function extract(path: string, into: string): Promise<void> {
  for (const args of [["--extract", path, into], ["--field", path]]) {
    const result = await run("dpkg-deb", args);
    if (result?.code !== 0) throw new Error(`Cannot unpack ${path}: ${result?.output ?? "there is no dpkg-deb"}`);
    if (args[0] !== "--field") continue;
    const name = /^Package: (\S+)$/m.exec(result.output)![1];
    await put(`${into}/var/lib/dpkg/status.d/${name}`, new TextEncoder().encode(`${result.output}\n`));
  }
}

/** Of /usr/share/doc. */
async function keepLicences(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) continue;
    for await (const file of Deno.readDir(`${folder}/${name}`)) {
      if (file.name !== "copyright") await Deno.remove(`${folder}/${name}/${file.name}`, { recursive: true });
    }
  }
}

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeFile(path, bytes);
}

async function copy(source: string, target: string): Promise<void> {
  await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(source, target).catch((error) => {
    throw new Error(`Cannot make the image, run \`deno task setup\` first: ${(error as Error).message}`);
  });
}

/** Folders 0755, files 0755 or 0644: nothing in it is set-uid, or its group's to write. */
async function setModes(folder: string): Promise<void> {
  await Deno.chmod(folder, 0o755);
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await setModes(path);
    if (isFile) await Deno.chmod(path, ((await Deno.stat(path)).mode ?? 0) & 0o100 ? 0o755 : 0o644);
  }
}
