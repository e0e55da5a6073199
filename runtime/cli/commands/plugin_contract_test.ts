// A plugin of a contract that this host does not have: whoever looks is told what it was built for, and what to do.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CONTRACT_VERSION, qualifiedName } from "../../../host-funcs/wit/contract.ts";
import { importing, Installation, sha256 } from "../../plugin/admission/testing/installation.ts";
import { checkInstallation } from "../doctor/installation.ts";
import { main } from "../main.ts";
import { recordedOutput } from "../output.ts";

/** An installation whose plugin imports `name`. */
async function withGuest(
  name: string,
  test: (run: (...args: string[]) => Promise<[number, string, string]>) => Promise<void>,
) {
  await using it = await Installation.create();
  const bytes = importing(name);
  await Deno.writeFile(`${it.folder}/plugin.wasm`, bytes);
  await it.writeManifest({ imports: ["links"], build: { digest: await sha256(bytes) } });
  Deno.env.set("CNIDARIA_LIB", it.libDir);
  Deno.env.set("CNIDARIA_STATE", it.stateDir);
  try {
    await test(async (...args) => {
      const output = recordedOutput();
      const code = await main(["plugin", ...args], output);
      return [code, output.out.join("\n"), output.err.join("\n")];
    });
  } finally {
    Deno.env.delete("CNIDARIA_LIB");
    Deno.env.delete("CNIDARIA_STATE");
  }
}

Deno.test("allow refuses a plugin of a later contract; list, inspect and doctor show it", async () => {
  await withGuest(qualifiedName("links", "0.99.0"), async (run) => {
    const why = `it was built for cnidaria:cni 0.99.0, and this host has ${CONTRACT_VERSION}`;
    const advice = "upgrade cnidaria on this node to a release that has cnidaria:cni 0.99.0, or build the plugin";
    const [code, , err] = await run("allow", "guest", "--yes");
    assertEquals(code, 1);
    assertStringIncludes(err, `Cannot run plugin guest as ${why}`);

    const [listed, rows, complaints] = await run("list");
    assertEquals(listed, 0);
    assertMatch(rows, /^guest +1 +incompatible +[0-9a-f]{12} +cni +0\.99\.0 +links$/m);
    assertStringIncludes(complaints, `guest: ${why}: ${advice}`);

    const [, shown] = await run("inspect", "guest");
    assertStringIncludes(shown, `contract   cnidaria:cni 0.99.0; this host has ${CONTRACT_VERSION}`);
    assertStringIncludes(shown, `cannot run here: ${why}`);
    assertStringIncludes(shown, advice);
    const json = JSON.parse((await run("inspect", "guest", "--json"))[1]);
    assertEquals([json.contract, json.hostContract, json.mismatch.why], ["0.99.0", CONTRACT_VERSION, why]);

    const finding = (await checkInstallation("/nonexistent")).find(({ subject }) => subject === "plugins");
    assertEquals([finding?.state, finding?.why], ["warn", "will not run: guest (incompatible)"]);
    assertStringIncludes(finding?.advice ?? "", "upgrade cnidaria, or build the plugin anew");
  });
});

Deno.test("list and inspect show what an older plugin was built for, and that it runs", async () => {
  await withGuest(qualifiedName("links", "0.1.0"), async (run) => {
    assertMatch((await run("list"))[1], /^guest +1 +not-allowed +[0-9a-f]{12} +cni +0\.1\.0 +links$/m);
    const [, shown] = await run("inspect", "guest");
    assertStringIncludes(shown, `contract   cnidaria:cni 0.1.0; this host has ${CONTRACT_VERSION}`);
    assertEquals(shown.includes("cannot run here"), false);
  });
});
