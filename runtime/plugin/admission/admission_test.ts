import { assertEquals, assertThrows } from "@std/assert";
import { CniFailure } from "../../cni/failure.ts";
import { findPlugin } from "../registry.ts";
import { admit, standingOf } from "./admission.ts";
import { readFirstParty } from "./first_party.ts";
import type { Permission } from "./permission.ts";
import { DEFAULT_LIMITS, EMPTY_DIGEST, Installation } from "./testing/installation.ts";

const OTHER = "f".repeat(64);

function admitted(it: Installation) {
  return admit(findPlugin(it.libDir, it.name)!, readFirstParty(it.libDir), it.stateDir);
}

function refusal(it: Installation): CniFailure {
  const failure = assertThrows(() => admitted(it), CniFailure) as CniFailure;
  assertEquals(failure.code, 219);
  assertEquals(
    failure.details,
    "if it is meant to run, `cnidaria plugin allow guest` shows what it may do and allows it",
  );
  return failure;
}

Deno.test("admit() lets run what came with the installation, by name and digest", async () => {
  await using it = await Installation.create({}, { guest: EMPTY_DIGEST });
  assertEquals(admitted(it).permission, undefined);
});

Deno.test("admit() refuses what did not come with the installation and nobody has allowed", async () => {
  for (const list of [{}, { other: EMPTY_DIGEST }] as Record<string, string>[]) {
    await using it = await Installation.create({}, list);
    assertEquals(
      refusal(it).message,
      `Cannot run plugin guest as it did not come with cnidaria, and nobody has allowed it: SHA-256 ${EMPTY_DIGEST}`,
    );
  }
});

Deno.test("admit() refuses another component under the name of one that came with the installation", async () => {
  await using it = await Installation.create({}, { guest: OTHER });
  assertEquals(
    refusal(it).message,
    "Cannot run plugin guest as its component is not the one that came with cnidaria, and nobody has allowed it: " +
      `SHA-256 ${EMPTY_DIGEST}`,
  );
});

Deno.test("admit() lets run what is allowed, with the limits that were allowed", async () => {
  await using it = await Installation.create({ limits: { timeMs: 5000 } });
  const limits = { ...DEFAULT_LIMITS, timeMs: 100 };
  await it.allow({ declaredLimits: { ...DEFAULT_LIMITS, timeMs: 5000 }, limits });
  const { manifest, permission } = admitted(it);
  assertEquals([manifest.limits, permission?.digest], [limits, EMPTY_DIGEST]);
});

Deno.test("admit() gives what came with the installation the limits that an administrator set, after an update too", async () => {
  await using it = await Installation.create({}, { guest: EMPTY_DIGEST });
  const limits = { ...DEFAULT_LIMITS, hostCalls: 5 };
  await it.allow({ digest: OTHER, limits });
  assertEquals([admitted(it).manifest.limits, admitted(it).permission], [limits, undefined]);
});

const CHANGES: [string, Record<string, unknown>, Partial<Permission>, string][] = [
  ["component", {}, { digest: OTHER }, `its component is another: SHA-256 ${EMPTY_DIGEST}, allowed was ${OTHER}`],
  ["imports", { imports: ["links"] }, {}, 'imports in its plugin.json are ["links"], allowed were []'],
  [
    "grants",
    { grants: { links: { host: ["*"] } } },
    {},
    'grants in its plugin.json are {"links":{"host":["*"]}}, allowed were {}',
  ],
  [
    "limits",
    { limits: { timeMs: 90000 } },
    {},
    `limits in its plugin.json are ${JSON.stringify({ ...DEFAULT_LIMITS, timeMs: 90000 })}, allowed were ${
      JSON.stringify(DEFAULT_LIMITS)
    }`,
  ],
];

for (const [what, manifest, permission, why] of CHANGES) {
  Deno.test(`admit() refuses a plugin whose ${what} changed since`, async () => {
    await using it = await Installation.create(manifest);
    await it.allow(permission);
    assertEquals(refusal(it).message, `Cannot run plugin guest as it is not what was allowed: ${why}`);
  });
}

Deno.test("a limit that cnidaria learned after the permission was written is as plugin.json leaves it", async () => {
  await using it = await Installation.create();
  const { hostCalls: _, ...earlier } = DEFAULT_LIMITS;
  await it.allow({ declaredLimits: earlier, limits: earlier } as unknown as Permission);
  assertEquals(admitted(it).manifest.limits, DEFAULT_LIMITS);
});

Deno.test("standingOf() tells what commands show", async () => {
  await using it = await Installation.create();
  const state = () => standingOf(findPlugin(it.libDir, it.name)!, readFirstParty(it.libDir), it.stateDir).state;
  assertEquals(state(), "not-allowed");
  await it.allow();
  assertEquals(state(), "allowed");
  await it.allow({ digest: OTHER });
  assertEquals(state(), "changed");
});
