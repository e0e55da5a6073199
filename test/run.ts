// `deno task test`: set-up, then every check of the project, then every test. Closes with one line of counts.
//
// Tests run inside a network and mount namespace of their own where that can be had; without root those that need one
// are skipped, and listed with their reason. Arguments name test files or folders to run those alone.

import { buildFlanneld } from "./lab/flanneld/build.ts";
import { fetchImagePackages } from "./image/image.ts";
import { buildProgram, CNITOOL } from "./lab/go_program.ts";
import { buildKubernetesSchema } from "./lab/kubernetes_schema.ts";
import { buildRustExample } from "./lab/rust.ts";
import { isolated } from "./runner/isolate.ts";
import { type Case, parseReport } from "./runner/junit.ts";
import { runStep, type Step } from "./runner/step.ts";
import { testFiles } from "./runner/test_files.ts";

const root = new URL("..", import.meta.url).pathname;
const deno = Deno.execPath();
const counts = { passed: 0, failed: 0, skipped: 0 };
const complaints: string[] = [];
const encoder = new TextEncoder();

const CHECKS: readonly Step[] = [
  { name: "set-up", argv: [deno, "run", "-A", "runtime/setup/main.ts"], limit: 900 },
  { name: "format", argv: [deno, "fmt", "--check"], limit: 120 },
  { name: "lint", argv: [deno, "lint"], limit: 120 },
  { name: "types", argv: [deno, "check"], limit: 300 },
  {
    name: "generated types are current",
    argv: [deno, "run", "-A", "host-funcs/wit/generate_types.ts", "--check"],
    limit: 120,
  },
];

/** Seconds for all tests of one group. */
const TEST_LIMIT = 2600;

function say(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

function count(verdict: keyof typeof counts, complaint?: string): void {
  counts[verdict]++;
  if (complaint !== undefined) complaints.push(complaint);
}

async function check(step: Step): Promise<void> {
  say(`\n== ${step.name}`);
  const { ok, why, seconds } = await runStep(step, root);
  say(`== ${step.name}: ${ok ? "passed" : why} (${seconds.toFixed(1)} s)`);
  count(ok ? "passed" : "failed", ok ? undefined : `${step.name} ${why}`);
}

async function runTests(name: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const directory = await Deno.makeTempDir({ prefix: "cnidaria-test-" });
  try {
    const report = `${directory}/report.xml`;
    const { argv, why } = isolated([
      ...[deno, "test", "--allow-all", "--no-check", "--sanitize-ops", "--sanitize-resources"],
      ...[`--junit-path=${report}`, ...files],
    ]);
    say(`\n== ${name}: ${files.length} files${why === undefined ? "" : `, without namespaces of their own: ${why}`}`);
    const env = { TMPDIR: directory, CNIDARIA_TEST_INSTALL: `${directory}/install` };
    const { ok, why: ended, seconds } = await runStep({ name, argv, limit: TEST_LIMIT, env }, root);
    say(`== ${name}: ${ok ? "passed" : ended} (${seconds.toFixed(1)} s)`);
    countCases(name, ok, ended, await Deno.readTextFile(report).catch(() => ""));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function countCases(name: string, ok: boolean, ended: string, xml: string): void {
  let cases: Case[];
  try {
    cases = parseReport(xml);
  } catch (error) {
    return count("failed", `${name} ${ended}: ${(error as Error).message}`);
  }
  for (const { file, name, verdict } of cases) {
    count(verdict, verdict === "passed" ? undefined : `${verdict}: ${file.replace(/^\.\//, "")}: ${name}`);
  }
  // A file that fails to load is not in the report: the exit status alone tells.
  const explained = cases.some(({ verdict }) => verdict === "failed");
  if (!ok && !explained) count("failed", `${name} ${ended} although no test failed`);
}

const chosen = Deno.args.map((path) => path.replace(/^\.\//, "").replace(/\/$/, ""));
const files = testFiles(root).filter((file) =>
  chosen.length === 0 || chosen.some((path) => file === path || file.startsWith(`${path}/`))
);
// Its crates take half a minute of two cores: they are compiled beside the checks.
const rust = buildRustExample();
for (const step of chosen.length === 0 ? CHECKS : CHECKS.slice(0, 1)) await check(step);
const unbuilt = await buildProgram(CNITOOL);
if (unbuilt !== undefined) say(`\nNo cnitool: ${unbuilt}`);
const noFlanneld = await buildFlanneld();
if (noFlanneld !== undefined) say(`\nNo flanneld: ${noFlanneld}`);
const noRust = await rust;
if (noRust !== undefined) say(`\nNo plugins in Rust: ${noRust}`);
const noSchema = await buildKubernetesSchema();
if (noSchema !== undefined) say(`\nNo Kubernetes types: ${noSchema}`);
const noPackages = await fetchImagePackages();
if (noPackages !== undefined) say(`\nNo image: ${noPackages}`);
await runTests("tests of each folder", files.filter((file) => !file.startsWith("test/")));
await runTests("tests across folders", files.filter((file) => file.startsWith("test/")));
if (counts.passed + counts.failed === 0) count("failed", "no test was run");

if (complaints.length > 0) say(`\n${complaints.join("\n")}`);
say(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
Deno.exit(counts.failed === 0 ? 0 : 1);
