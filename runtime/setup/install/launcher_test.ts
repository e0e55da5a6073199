import { assertEquals } from "@std/assert";
import { launcherText, quote } from "./launcher.ts";

/** What a shell makes of the launcher: the words that it would start, as `deno` is printf here. */
async function words(places: { prefix: string; stateDir: string }, env: Record<string, string>): Promise<string[]> {
  const text = launcherText({ deno: "/usr/bin/printf", program: "/opt/it's here/x.js", places });
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", text.replaceAll("printf run", "printf '%s\\n' run"), "/opt/cni/bin/cnidaria-bridge", "last"],
    clearEnv: true,
    env,
  }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

const places = { prefix: "/opt/a b", stateDir: '/var/lib/$(false) "x"' };

Deno.test("the launcher's words survive the shell, whatever is in a path", async () => {
  const made = await words(places, { CNI_COMMAND: "ADD" });
  assertEquals(
    made.find((word) => word.startsWith("--allow-read")),
    `--allow-read=/opt/a b,${places.stateDir},/etc,/run,/var`,
  );
  assertEquals(made.slice(-2), ["/opt/it's here/x.js", "last"]);
});

Deno.test("the launcher lets a call write to the folder that CNIDARIA_STATE names, and not to the usual one", async () => {
  const made = await words(places, { CNI_COMMAND: "ADD", CNIDARIA_STATE: "/tmp/s t" });
  assertEquals(made.find((word) => word.startsWith("--allow-write")), "--allow-write=/tmp/s t,/run,/var/log");
});

Deno.test("the launcher is narrow for a CNI call alone", async () => {
  assertEquals((await words(places, { CNI_COMMAND: "" })).includes("--allow-read"), false);
  assertEquals((await words(places, {})).includes("--allow-read"), true);
});

Deno.test("quote() leaves plain words alone", () => assertEquals(quote("--allow-read=/a,/b"), "--allow-read=/a,/b"));
