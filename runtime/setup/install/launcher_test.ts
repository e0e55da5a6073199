import { assertEquals } from "@std/assert";
import { launcherText, quote } from "./launcher.ts";

const RELEASE = "/opt/it's here/releases/1";

/** What a shell makes of the launcher: the words that it would start, as `deno` is printf here. */
async function words(
  places: { prefix: string; stateDir: string },
  env: Record<string, string>,
  { calledAs = "/opt/cni/bin/cnidaria-bridge", args = ["last"], print = "printf '%s\\n'" } = {},
): Promise<string[]> {
  const text = launcherText({ release: RELEASE, places });
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", text.replaceAll(`exec ${quote(`${RELEASE}/bin/deno`)}`, `exec ${print}`), calledAs, ...args],
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
    `--allow-read=/opt/a b,${places.stateDir},/etc,/run,/var,/sys/class/net`,
  );
  assertEquals(made.slice(-2), [`${RELEASE}/lib/cnidaria/cnidaria.js`, "last"]);
});

Deno.test("the launcher lets a call write to the folder that CNIDARIA_STATE names, and not to the usual one", async () => {
  const made = await words(places, { CNI_COMMAND: "ADD", CNIDARIA_STATE: "/tmp/s t" });
  assertEquals(made.find((word) => word.startsWith("--allow-write")), "--allow-write=/tmp/s t,/run,/var/log");
});

Deno.test("the launcher names the folder of the installation's state, and believes no other's", async () => {
  const env = { CNI_COMMAND: "ADD", CNIDARIA_INSTALLED_STATE: "/another" };
  assertEquals(await words(places, env, { print: "/usr/bin/env printenv CNIDARIA_INSTALLED_STATE #" }), [
    places.stateDir,
  ]);
  const write = (await words(places, env)).find((word) => word.startsWith("--allow-write"));
  assertEquals(write, `--allow-write=${places.stateDir},/run,/var/log`);
});

Deno.test("the launcher is narrow for a CNI call alone", async () => {
  assertEquals((await words(places, { CNI_COMMAND: "" })).includes("--allow-read"), false);
  assertEquals((await words(places, {})).includes("--allow-read"), true);
});

Deno.test("the launcher gives the network to the agent, and to what asks it, alone", async () => {
  assertEquals((await words(places, {}, { args: ["status"] })).includes("--allow-net"), true);
  assertEquals((await words(places, {}, { args: ["agent"] })).includes("--allow-net"), true);
  for (const [command, asks] of [["explain", true], ["apply", true], ["drops", true], ["table", false]] as const) {
    assertEquals(
      (await words(places, {}, { args: ["policy", command, "--json"] })).includes("--allow-net"),
      asks,
      command,
    );
  }
  for (const command of ["push", "pull", "save"]) {
    assertEquals((await words(places, {}, { args: ["plugin", command, "x"] })).includes("--allow-net"), true, command);
  }
  for (const command of ["load", "allow"]) {
    assertEquals((await words(places, {}, { args: ["plugin", command, "x"] })).includes("--allow-net"), false, command);
  }
  assertEquals((await words(places, {}, { args: ["leases", "agent"] })).includes("--allow-net"), false);
  assertEquals((await words(places, { CNI_COMMAND: "ADD" }, { args: ["agent"] })).includes("--allow-net"), false);
});

Deno.test("the launcher believes CNIDARIA_NAME and CNIDARIA_CALL if the entry has started it, and nobody else", async () => {
  const env = { CNI_COMMAND: "ADD", CNIDARIA_NAME: "flannel", CNIDARIA_CALL: "key" };
  const seenBy = async (calledAs: string) =>
    (await words(places, env, { calledAs, print: "/usr/bin/env printenv CNIDARIA_NAME CNIDARIA_CALL #" })).join();
  assertEquals(await seenBy(`${RELEASE}/bin/host`), "flannel,key");
  assertEquals(await seenBy("/opt/cni/bin/cnidaria-bridge"), "cnidaria-bridge");
});

Deno.test("quote() leaves plain words alone", () => assertEquals(quote("--allow-read=/a,/b"), "--allow-read=/a,/b"));
