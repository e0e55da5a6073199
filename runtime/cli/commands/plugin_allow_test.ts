// allow, list, inspect and revoke, on an installation whose plugin is the smallest component.

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
// Loaded before the first test: what jco leaves open is not that test's.
import "../../engine/v8/transpile.ts";
import { readPermission } from "../../plugin/admission/permission.ts";
import {
  EMPTY_COMPONENT,
  EMPTY_DIGEST,
  importing,
  Installation,
  sha256,
} from "../../plugin/admission/testing/installation.ts";
import { permissionDir } from "../../plugin/registry.ts";
import { main } from "../main.ts";
import { CommandFailure, recordedOutput } from "../output.ts";
import { pluginAllow } from "./plugin_allow.ts";

/** The process of esbuild, which allow ends, may outlive the test. */
const esbuildStays = { sanitizeOps: false, sanitizeResources: false };

async function withInstallation(
  test: (
    it: Installation,
    run: (...args: string[]) => Promise<{ code: number; out: string; err: string }>,
  ) => Promise<void>,
  manifest: Record<string, unknown> = {},
  firstParty: Record<string, string> = {},
): Promise<void> {
  await using it = await Installation.create(manifest, firstParty);
  Deno.env.set("CNIDARIA_LIB", it.libDir);
  Deno.env.set("CNIDARIA_STATE", it.stateDir);
  try {
    await test(it, async (...args) => {
      const output = recordedOutput();
      const code = await main(["plugin", ...args], output);
      return { code, out: output.out.join("\n"), err: output.err.join("\n") };
    });
  } finally {
    Deno.env.delete("CNIDARIA_LIB");
    Deno.env.delete("CNIDARIA_STATE");
  }
}

const stateOf = async (run: (...args: string[]) => Promise<{ out: string }>) =>
  JSON.parse((await run("list", "--json")).out).map((row: { name: string; state: string }) => [row.name, row.state]);

Deno.test(
  "allow records who allowed what; list shows it; revoke takes it back",
  esbuildStays,
  () =>
    withInstallation(async (it, run) => {
      assertEquals(await stateOf(run), [["guest", "not-allowed"]]);
      const allowed = await run("allow", "guest", "--yes", "--limit", "timeMs=2000", "--limit", "hostCalls=7");
      assertEquals(allowed.code, 0, allowed.err);
      assertMatch(allowed.out, /^limits +memoryBytes 67108864$/m);
      assertMatch(allowed.out, /timeMs 2000, instead of 60000 in its plugin\.json/);
      assertMatch(allowed.out, /^guest is allowed$/m);
      const permission = readPermission(it.stateDir, "guest")!;
      assertEquals([permission.digest, permission.imports, permission.grants], [EMPTY_DIGEST, [], {}]);
      assertEquals([permission.limits.timeMs, permission.limits.hostCalls], [2000, 7]);
      assertEquals([permission.declaredLimits.timeMs, permission.allowedBy.uid], [60000, Deno.uid()]);
      assertMatch(permission.allowedAt, /^\d{4}-\d\d-\d\dT.*Z$/);
      assertEquals(Deno.statSync(`${permissionDir(it.stateDir)}/guest.json`).mode! & 0o7777, 0o600);
      assertEquals(await stateOf(run), [["guest", "allowed"]]);
      assertMatch((await run("inspect", "guest")).out, /^state +allowed already$/m);
      assertEquals((await run("revoke", "guest")).out, "guest is not allowed any more");
      assertEquals(await stateOf(run), [["guest", "not-allowed"]]);
      const left = [...Deno.readDirSync(permissionDir(it.stateDir))].map((entry) => entry.name);
      assertEquals(left, [".lock"]);
      const again = await run("revoke", "guest");
      assertEquals([again.code, again.err.startsWith("Cannot revoke guest as nothing was allowed")], [1, true]);
    }),
);

Deno.test(
  "a controller is shown as one, by inspect, list and allow",
  esbuildStays,
  () =>
    withInstallation(async (_it, run) => {
      const kind = "controller: a backend of the overlay, run by the agent";
      assertMatch((await run("inspect", "guest")).out, new RegExp(`^kind +${kind}$`, "m"));
      assertMatch((await run("list")).out, /^guest +1 +not-allowed +[0-9a-f]{12} +controller +- +log$/m);
      assertMatch((await run("allow", "guest", "--yes")).out, new RegExp(`^exports +${kind}$`, "m"));
    }, { exports: "controller", imports: ["log"] }),
);

Deno.test(
  "list says what differs from what was allowed, and what was allowed and is gone",
  esbuildStays,
  () =>
    withInstallation(async (it, run) => {
      await run("allow", "guest", "--yes");
      await it.writeManifest({ imports: ["links"] });
      const { out, err } = await run("list");
      assertMatch(out, /^guest +1 +changed +[0-9a-f]{12} +cni +- +links$/m);
      assertStringIncludes(err, 'guest: imports in its plugin.json are ["links"], allowed were []');
      await Deno.remove(it.folder, { recursive: true });
      assertEquals(await stateOf(run), [["guest", "not-installed"]]);
      assertEquals((await run("revoke", "guest")).code, 0);
      assertEquals(await stateOf(run), []);
    }),
);

Deno.test(
  "list shows a plugin that cannot be used, and the others",
  esbuildStays,
  () =>
    withInstallation(async (it, run) => {
      await Deno.mkdir(`${it.libDir}/plugins/broken`);
      await Deno.writeTextFile(`${it.libDir}/plugins/broken/plugin.json`, "{");
      const { code, err } = await run("list");
      assertEquals([code, await stateOf(run)], [0, [["broken", "unusable"], ["guest", "not-allowed"]]]);
      assertStringIncludes(err, "broken: Cannot use ");
    }),
);

Deno.test("allow asks, and a no is a no", esbuildStays, () =>
  withInstallation(async (it) => {
    const questions: string[] = [];
    const answering = (answer: boolean) => (question: string) => {
      questions.push(question);
      return answer;
    };
    const output = recordedOutput();
    const allow = (answer: boolean) => pluginAllow("guest", { limit: [] }, output, answering(answer));
    await assertRejects(() => allow(false), CommandFailure, "the answer was no");
    assertEquals(readPermission(it.stateDir, "guest"), undefined);
    await allow(true);
    assertEquals(readPermission(it.stateDir, "guest")?.digest, EMPTY_DIGEST);
    assertEquals(questions[0], "Allow plugin guest to run on this node? [y/N] ");
  }));

Deno.test(
  "allow without a terminal and without --yes writes nothing, with exit code 2",
  esbuildStays,
  () =>
    withInstallation(async (it) => {
      const allow = () => pluginAllow("guest", { limit: [] }, recordedOutput(), undefined);
      const failure = await assertRejects(allow, CommandFailure, "--yes allows it") as CommandFailure;
      assertEquals([failure.code, readPermission(it.stateDir, "guest")], [2, undefined]);
    }),
);

Deno.test("allow --json answers the record alone", esbuildStays, () =>
  withInstallation(async (_it, run) => {
    const { out } = await run("allow", "guest", "--yes", "--json");
    assertEquals([JSON.parse(out).name, JSON.parse(out).digest], ["guest", EMPTY_DIGEST]);
  }));

Deno.test(
  "allow sets limits of a plugin that came with cnidaria, and has nothing else to allow there",
  esbuildStays,
  () =>
    withInstallation(
      async (it, run) => {
        const nothing = await run("allow", "guest", "--yes");
        assertEquals([nothing.code, nothing.err.includes("guest came with cnidaria")], [2, true]);
        assertMatch((await run("allow", "guest", "--yes", "--limit", "fuel=9")).out, /^limits of guest are set$/m);
        assertEquals(readPermission(it.stateDir, "guest")?.limits.fuel, 9);
        assertEquals(await stateOf(run), [["guest", "first-party"]]);
        assertMatch((await run("inspect", "guest")).out, /fuel 9, instead of 1000000000 in its plugin\.json/);
        assertEquals((await run("revoke", "guest")).out, "limits of guest are those of its plugin.json again");
      },
      {},
      { guest: EMPTY_DIGEST },
    ),
);

Deno.test(
  "allow shows what is unused and what is risky, and nothing that could deceive a terminal",
  esbuildStays,
  () =>
    withInstallation(async (_it, run) => {
      const { out } = await run("allow", "guest", "--yes");
      assertMatch(out, /^unused +delegate: plugin\.json asks for it, the component does not import it$/m);
      assertMatch(out, /^risks +runs other plugins, .*: \*$/m);
      assertStringIncludes(out, "guest 1: all is \\u{1b}[2Kwell\\u{202e}");
    }, { imports: ["delegate"], grants: { delegate: ["*"] }, description: "all is \u001b[2Kwell\u202e" }),
);

Deno.test.each([
  ["no name of a plugin", ["../etc"], 2, 'this is no plugin\'s name: "../etc"'],
  ["no such plugin", ["absent"], 1, "there is no such plugin: absent (looked in "],
  ["a limit that is none", ["guest", "--limit", "time=5"], 2, "none of that name: time=5"],
])("allow: %s", (_what, args, code, message) =>
  withInstallation(async (it, run) => {
    const answer = await run("allow", ...args, "--yes");
    assertEquals([answer.code, answer.out], [code, ""]);
    assertStringIncludes(answer.err, message);
    assertEquals(readPermission(it.stateDir, "guest"), undefined);
  }));

Deno.test(
  "allow refuses a component that is not of its digest, is none, or imports what it may not",
  esbuildStays,
  () =>
    withInstallation(async (it, run) => {
      const wasm = `${it.folder}/plugin.wasm`;
      const refused = async (bytes: Uint8Array<ArrayBuffer>, message: string) => {
        await Deno.writeFile(wasm, bytes);
        await it.writeManifest({ build: { digest: await sha256(bytes) } });
        const { code, err } = await run("allow", "guest", "--yes");
        assertEquals(code, 1);
        assertStringIncludes(err, message);
      };
      await Deno.writeFile(wasm, new Uint8Array([1, 2, 3]));
      const { err } = await run("allow", "guest", "--yes");
      assertStringIncludes(err, "is another component than its plugin.json says");
      await refused(new Uint8Array([1, 2, 3]), "its first bytes are not those of a component");
      await refused(importing("wasi:cli/environment@0.2.0"), "wasi:cli/environment@0.2.0");
      await refused(importing("cnidaria:cni/links@0.3.0"), "imports what its plugin.json does not name: links");
      await Deno.writeFile(wasm, EMPTY_COMPONENT);
      await it.writeManifest({ grants: { leases: ["10.0.0/8"] } });
      const { err: malformed } = await run("allow", "guest", "--yes");
      assertStringIncludes(malformed, "a network in the grants of its plugin.json is none: 10.0.0/8");
    }),
);

Deno.test("allow says so where the state cannot be written", esbuildStays, () =>
  withInstallation(async (it, run) => {
    await Deno.remove(it.stateDir, { recursive: true });
    await Deno.writeTextFile(it.stateDir, "");
    const { code, err } = await run("allow", "guest", "--yes");
    assertEquals([code, err.includes("Cannot allow guest: "), err.includes(it.stateDir)], [1, true, true], err);
  }));
