// The Dockerfile and `deno task image` make the same image.

import { assertEquals, assertMatch } from "@std/assert";
import { DEFAULT_COMMAND, ENTRYPOINT, ENVIRONMENT, imageConfig, LABELS } from "./image_config.ts";
import { readPackageList } from "./packages.ts";

const root = new URL("../../..", import.meta.url).pathname;
const dockerfile = (await Deno.readTextFile(`${root}Dockerfile`)).replaceAll(/\\\n\s*/g, "");
const final = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));

/** Arguments of the final stage's instructions of a kind. */
const instructions = (name: string) => [...final.matchAll(new RegExp(`^${name} (.*)$`, "gm"))].map(([, it]) => it!);

Deno.test("the Dockerfile's last stage says what the image's configuration does", () => {
  assertEquals(instructions("ENTRYPOINT").map((it) => JSON.parse(it)), [[...ENTRYPOINT]]);
  assertEquals(instructions("CMD").map((it) => JSON.parse(it)), [[...DEFAULT_COMMAND]]);
  assertEquals(instructions("ENV"), [...ENVIRONMENT]);
  const labels = [...instructions("LABEL").join(" ").matchAll(/([\w.]+)="([^"]*)"/g)].map((
    [, key, value],
  ) => [key, value]);
  assertEquals(Object.fromEntries(labels), LABELS);
});

Deno.test("the Dockerfile's last stage is the root file system that the set-up makes, and nothing else", () => {
  assertEquals(instructions("FROM"), ["scratch"]);
  assertEquals(instructions("COPY"), ["--from=build --chown=0:0 /src/rootfs /"]);
  assertEquals(instructions("RUN"), []);
  assertMatch(dockerfile, /^USER node$[^]*^RUN deno task setup && deno task image --rootfs \/src\/rootfs$/m);
});

Deno.test("the Dockerfile builds with the pinned Deno, on the release of Debian that the packages are of", async () => {
  const { suite } = await readPackageList();
  assertMatch(dockerfile, new RegExp(`^ARG BUILD=node:\\d+-${suite}-slim$`, "m"));
  const run = await Deno.readTextFile(`${root}.ci/run`);
  assertEquals(/deno@([\d.]+)/.exec(dockerfile)![1], /deno@([\d.]+)/.exec(run)![1]);
});

Deno.test("each package of the image is pinned", async () => {
  for (const { name, version, sha256, why } of (await readPackageList()).packages) {
    assertMatch(`${name} ${version} ${sha256} ${why}`, /^[a-z0-9+.-]+ \d\S+ [0-9a-f]{64} .+$/);
  }
});

Deno.test("the image's configuration has no time but the one that is given", () => {
  const { created, history } = imageConfig("sha256:0", 1_000_000_000) as { created: string; history: unknown };
  assertEquals(created, "2001-09-09T01:46:40.000Z");
  assertEquals(history, [{ created, created_by: "deno task image" }]);
});
