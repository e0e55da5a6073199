// The suite against plugins that are broken on purpose: each kind of failure is found. Against Debian's plugins: exactly
// the known failures are.

import { assert, assertEquals } from "@std/assert";
import { labTest, labTestNeeding } from "../lab/isolation.ts";
import { GO_DIRECTORY, goMissing, ours } from "../e2e/targets.ts";
import type { Section } from "../../runtime/conformance/case.ts";
import { GO_CONF, GO_FAILURES } from "./known_failures.ts";
import { CASES, runSuite } from "../../runtime/conformance/suite.ts";

/** A plugin of a shell script. ADD makes an interface with one address, as `add` says. */
function script({ version = "true", add = GOOD_ADD, del = 'ip -n "$ns" link del "$CNI_IFNAME" 2>/dev/null; true' }) {
  return `#!/bin/sh
cat > /dev/null
fail() { echo "{\\"cniVersion\\":\\"1.0.0\\",\\"code\\":$1,\\"msg\\":\\"$2\\"}"; exit 1; }
case "$CNI_COMMAND" in
VERSION) ${version} && echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}'; exit 0;;
ADD) ${add} ;;
DEL) ${del} ;;
CHECK) exit 0 ;;
*) fail 4 "unknown command" ;;
esac
`.replaceAll('ip -n "$ns"', 'nsenter --net="$CNI_NETNS" ip');
}

const RESULT =
  `{"cniVersion":"1.0.0","interfaces":[{"name":"'$CNI_IFNAME'","mac":"'$mac'","sandbox":"'$CNI_NETNS'"}],` +
  `"ips":[{"address":"198.18.0.2/24","gateway":"198.18.0.1","interface":0}]}`;
const MAKE = `[ -n "$CNI_CONTAINERID" ] || fail 4 CNI_CONTAINERID
  ip -n "$ns" link add "$CNI_IFNAME" type veth peer name other-$$ || fail 100 "there is one"
  ip -n "$ns" address add 198.18.0.2/24 dev "$CNI_IFNAME"; ip -n "$ns" link set "$CNI_IFNAME" up
  mac=$(nsenter --net="$CNI_NETNS" cat /proc/self/net/dev >/dev/null; ip -n "$ns" -o link show "$CNI_IFNAME" | sed 's/.*ether \\([^ ]*\\).*/\\1/')`;
const GOOD_ADD = `${MAKE}
  echo '${RESULT}'`;

async function failures(text: string, only: Section[]): Promise<string[]> {
  const dir = await Deno.makeTempDir({ dir: "/run", prefix: "cnidaria-broken-" });
  try {
    await Deno.writeTextFile(`${dir}/broken`, text, { mode: 0o755 });
    const conf = JSON.stringify({ cniVersion: "1.0.0", name: "net", type: "broken" });
    const verdicts = await runSuite({ binDir: dir, conf, workDir: `${dir}/work` }, { only });
    return verdicts.filter(({ verdict }) => verdict === "fail").map(({ id }) => id);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What is broken, the script, and cases that have to fail for it while they pass for the plugin as it is. */
const BROKEN: [string, string, Section, string[]][] = [
  ["text beside the result on stdout", script({ add: `${GOOD_ADD}; echo done` }), "5", ["5.success.version"]],
  ["a MAC that the interface has not", script({ add: `${MAKE}; mac=02:00:00:00:00:01; echo '${RESULT}'` }), "5", [
    "5.success.interface",
  ]],
  [
    "an address that the interface has not",
    script({ add: GOOD_ADD.replace("add 198.18.0.2/24", "add 198.18.0.9/24") }),
    "5",
    [
      "5.success.addresses",
    ],
  ],
  ["a gateway outside the network", script({ add: GOOD_ADD.replace('"198.18.0.1"', '"198.19.0.1"') }), "5", [
    "5.success.gateways",
  ]],
  ["an index beyond the interfaces", script({ add: GOOD_ADD.replace('"interface":0', '"interface":3') }), "5", [
    "5.success.interface-index",
  ]],
  [
    "a version in ips at 1.0.0",
    script({ add: GOOD_ADD.replace('"interface":0', '"interface":0,"version":"4"') }),
    "5",
    [
      "5.success.form",
    ],
  ],
];

for (const [what, text, section, expected] of BROKEN) {
  Deno.test({
    ...labTest(`the suite finds ${what}`),
    fn: async () => {
      const sound = await failures(script({}), [section]);
      const found = await failures(text, [section]);
      for (const id of expected) {
        assert(!sound.includes(id), `${id} fails for the sound plugin too`);
        assert(found.includes(id), `${id} is not among ${found}`);
      }
    },
  });
}

Deno.test({
  ...labTest("the suite finds what a plugin does wrong in calls and their end"),
  fn: async () => {
    const found = await failures(
      script({ version: "false", add: `${GOOD_ADD}`, del: "fail 100 never" }),
      ["2"],
    );
    const wanted = [
      "2.version.answer",
      "2.parameters.ifname.dots.del",
      "2.add.second-interface",
      "2.add.parallel",
      "2.del.never-added",
      "2.del.interface",
      "2.check.address",
      "2.check.interface",
      "2.check.other-address",
    ];
    assertEquals(wanted.filter((id) => !found.includes(id)), []);
  },
});

Deno.test("case ids are unique, and every known failure names one", () => {
  const ids = CASES.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  assertEquals(Object.keys(GO_FAILURES).filter((id) => !ids.includes(id)), []);
});

Deno.test({
  ...labTestNeeding("Debian's Go plugins fail the known cases, and no others", goMissing()),
  fn: async () => {
    const workDir = await Deno.makeTempDir({ dir: "/run", prefix: "cnidaria-conformance-" });
    try {
      const conf = JSON.stringify(GO_CONF);
      const verdicts = await runSuite({ binDir: GO_DIRECTORY, conf, workDir });
      const failed = new Set(verdicts.filter(({ verdict }) => verdict === "fail").map(({ id }) => id));
      assertEquals([...failed].sort(), Object.keys(GO_FAILURES).sort());
    } finally {
      await Deno.remove(workDir, { recursive: true });
    }
  },
});

Deno.test({
  ...labTest("ours fails no case, in any version"),
  fn: async () => {
    const { directory } = await ours("wasmtime").ready();
    const workDir = await Deno.makeTempDir({ dir: "/run", prefix: "cnidaria-conformance-" });
    try {
      const conf = JSON.stringify({ ...GO_CONF, cniVersion: "1.1.0" });
      const verdicts = await runSuite({ binDir: directory, conf, workDir });
      assertEquals(verdicts.filter(({ verdict }) => verdict === "fail"), []);
      assert(verdicts.some(({ id, verdict }) => id === "2.gc.stale" && verdict === "pass"), "GC was not tested");
    } finally {
      await Deno.remove(workDir, { recursive: true });
    }
  },
});
