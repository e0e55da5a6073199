import { assertEquals, assertMatch } from "@std/assert";
import { run } from "../../runtime/setup/command.ts";

const folder = new URL(".", import.meta.url).pathname;
const UNITS = ["cnidaria.service", "cnidaria.socket"];
const PROGRAM = "/opt/cni/bin/cnidaria";

const missing = await run("systemd-analyze", ["--version"]) === undefined ? " (skipped: needs systemd-analyze)" : "";

Deno.test({
  name: `systemd accepts the units${missing}`,
  ignore: missing !== "",
  async fn() {
    const dir = await Deno.makeTempDir();
    try {
      for (const name of UNITS) {
        // A program that is not there would be all that it says.
        const text = (await Deno.readTextFile(`${folder}${name}`)).replace(`=${PROGRAM} `, "=/bin/sh ");
        await Deno.writeTextFile(`${dir}/${name}`, text);
      }
      const result = await run("systemd-analyze", ["verify", ...UNITS.map((name) => `${dir}/${name}`)]);
      const ours = result!.output.split("\n").filter((line) => line.includes("cnidaria"));
      assertEquals({ code: result!.code, ours }, { code: 0, ours: [] }, result!.output);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test("the units name the program as it is installed, and the socket that the entry asks", async () => {
  const [service, socket] = await Promise.all(UNITS.map((name) => Deno.readTextFile(`${folder}${name}`)));
  const entry = await Deno.readTextFile(`${folder}../../runtime/agent/entry/entry.c`);
  const path = /^ListenStream=(.+)$/m.exec(socket!)![1]!;
  assertMatch(entry, new RegExp(`"${path}"`));
  assertMatch(service!, new RegExp(`^ExecStart=${PROGRAM} agent$`, "m"));
});
