// `cnidaria conformance BIN_DIR CONFLIST`: whether plugins do what CNI SPEC 1.1.0 wants.

import { type Command, InvalidArgumentError, Option } from "commander";
import { CNI_VERSIONS, type CniVersion, isCniVersion } from "../../cni/version.ts";
import { type Section, SECTIONS } from "../../conformance/case.ts";
import type { Output } from "../output.ts";

interface ConformanceOptions {
  readonly only?: Section[];
  readonly versions?: CniVersion[];
  readonly json?: boolean;
}

/** @param exit gets the exit code: 1 if a case fails */
export function addConformance(program: Command, output: Output, exit: (code: number) => void): void {
  program.command("conformance").description("whether a folder's plugins do what the CNI specification wants")
    .argument("<bin-dir>", "the plugins, of whoever").argument("<conf>", "a .conflist, or one plugin's configuration")
    .addOption(new Option("--only <sections>", "of the specification, with commas between").argParser(sections))
    .addOption(new Option("--versions <versions>", "of those that the plugins claim").argParser(versions))
    .option("--json", "for another program to read")
    .action(async (binDir, conf, options) => exit(await conformance(binDir, conf, options, output)));
}

async function conformance(
  binDir: string,
  conf: string,
  { only, versions, json }: ConformanceOptions,
  output: Output,
): Promise<number> {
  const { readSubject } = await import("../../conformance/subject.ts");
  const { isInside, runInside } = await import("../../conformance/isolated.ts");
  // Before anything is started: a wrong path is told at once.
  const subject = await readSubject(binDir, conf);
  if (!isInside()) {
    const flags = [
      ...only === undefined ? [] : ["--only", only.join(",")],
      ...versions === undefined ? [] : ["--versions", versions.join(",")],
      ...json === true ? ["--json"] : [],
    ];
    return await runInside(["conformance", ...flags, "--", subject.binDir, subject.path]);
  }
  const { runSuite } = await import("../../conformance/suite.ts");
  const { reportLines } = await import("../../conformance/report.ts");
  const workDir = await Deno.makeTempDir({ dir: "/run", prefix: "cnidaria-conformance-" });
  try {
    const verdicts = await runSuite({ ...subject, workDir }, {
      ...only !== undefined && { only },
      ...versions !== undefined && { versions },
    });
    if (json === true) output.json(verdicts);
    else for (const line of reportLines(verdicts)) output.line(line);
    return verdicts.some(({ verdict }) => verdict === "fail") ? 1 : 0;
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
}

function sections(text: string): Section[] {
  const all = listOf(text);
  if (all.length > 0 && all.every((it): it is Section => it in SECTIONS)) return all;
  throw new InvalidArgumentError(`It must be of ${Object.keys(SECTIONS).join(", ")}.`);
}

function versions(text: string): CniVersion[] {
  const all = listOf(text);
  if (all.length > 0 && all.every(isCniVersion)) return all;
  throw new InvalidArgumentError(`It must be of ${CNI_VERSIONS.join(", ")}.`);
}

function listOf(text: string): string[] {
  return text.split(",").map((it) => it.trim()).filter((it) => it !== "");
}
