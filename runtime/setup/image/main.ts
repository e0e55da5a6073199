// `deno task image`: the image of the Dockerfile, without a container builder and without a base image to be pulled.
//
//   main.ts [--out DIR] [--tag TAG]   an OCI image layout, in dist/image
//   main.ts --rootfs DIR              its root file system alone: what the Dockerfile copies
//   main.ts --update                  packages.json names what the mirrors have now
//
// The same `dist`, Deno and packages make the same digest, whoever builds it and when.

import { Command, CommanderError } from "commander";
import { run } from "../command.ts";
import { writeLayout } from "./oci_layout.ts";
import { fetchPackages, newestPackages, PACKAGES_FILE, readPackageList } from "./packages.ts";
import { makeRootFs } from "./root_fs.ts";

const root = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
/** Where the packages are kept from one build to the next. */
export const PACKAGE_CACHE = `${root}/.cache/debian`;

interface Options {
  readonly out: string;
  readonly tag: string;
  readonly rootfs?: string;
  readonly update: boolean;
}

async function main(options: Options): Promise<string> {
  const list = await readPackageList();
  if (options.update) {
    const newest = await newestPackages(list, PACKAGE_CACHE);
    await Deno.writeTextFile(PACKAGES_FILE, `${JSON.stringify(newest, null, 2)}\n`);
    return newest.packages.map(({ name, version }) => `${name} ${version}`).join("\n");
  }
  const source = {
    dist: `${root}/dist`,
    deno: Deno.execPath(),
    packages: await fetchPackages(list, PACKAGE_CACHE),
  };
  if (options.rootfs !== undefined) {
    await makeRootFs(source, options.rootfs);
    return `root file system: ${options.rootfs}`;
  }
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-image-" });
  try {
    await makeRootFs(source, folder);
    const digest = await writeLayout(folder, options.out, await epoch(), options.tag);
    return `image: ${options.out}\n${digest}`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org); else the time of the last commit; else 1970. Seconds. */
async function epoch(): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH") ?? "";
  const commit = /^\d+$/.test(given) ? undefined : await run("git", ["-C", root, "log", "-1", "--format=%ct"]);
  return Number(/^\d+$/.test(given) ? given : commit?.code === 0 ? commit.output : 0);
}

if (import.meta.main) {
  const program = new Command("image").exitOverride()
    .option("--out <dir>", "of the OCI image layout; what is there is replaced", `${root}/dist/image`)
    .option("--tag <tag>", "by which tools name it", "latest")
    .option("--rootfs <dir>", "the root file system alone")
    .option("--update", "take the packages that the mirrors have now into packages.json", false);
  const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  try {
    await program.parseAsync([...Deno.args], { from: "user" });
    say(await main(program.opts<Options>()));
  } catch (error) {
    if (error instanceof CommanderError) Deno.exit(error.exitCode === 0 ? 0 : 2);
    Deno.stderr.writeSync(new TextEncoder().encode(`${(error as Error).message}\n`));
    Deno.exit(1);
  }
}
