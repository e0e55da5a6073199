// The report that `deno test --junit-path` writes, read strictly: a report that is not understood in full is an error,
// since a number that nobody counted must not become "0 failed".

export interface Case {
  readonly file: string;
  readonly name: string;
  readonly verdict: "passed" | "failed" | "skipped";
}

const SUITE = /<testsuite name="([^"]*)" tests="(\d+)"[^>]*>([\s\S]*?)<\/testsuite>/g;
const CASE = /<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g;
const TOTALS = /<testsuites name="[^"]*" tests="(\d+)" failures="(\d+)" errors="(\d+)"/;

/**
 * The test cases of a report, steps included.
 * @throws {Error} where the report's own totals are missing or differ from what is found in it
 */
export function parseReport(xml: string): Case[] {
  const totals = TOTALS.exec(xml);
  if (totals === null || !xml.trimEnd().endsWith("</testsuites>")) {
    throw new Error(`Cannot read the test report as it is no complete JUnit file: ${xml.length} characters`);
  }
  const cases: Case[] = [];
  for (const [, file, declared, body] of xml.matchAll(SUITE)) {
    const found = [...body!.matchAll(CASE)].map(([, name, inner]) => toCase(plain(file!), plain(name!), inner!));
    agree(`tests of ${file}`, Number(declared), found.length);
    cases.push(...found);
  }
  agree("tests", Number(totals[1]), cases.length);
  agree("failures", Number(totals[2]) + Number(totals[3]), cases.filter((test) => test.verdict === "failed").length);
  return cases;
}

function toCase(file: string, name: string, inner: string): Case {
  const bad = inner.includes("<failure") || inner.includes("<error");
  return { file, name, verdict: bad ? "failed" : inner.includes("<skipped") ? "skipped" : "passed" };
}

function agree(what: string, declared: number, found: number): void {
  if (declared === found) return;
  throw new Error(
    `Cannot trust the test report as its ${what} differ from its total: ${found} found, ${declared} said`,
  );
}

function plain(text: string): string {
  return text
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
