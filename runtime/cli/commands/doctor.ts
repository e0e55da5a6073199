// `cnidaria doctor`.

import { checkConfigurations } from "../doctor/configurations.ts";
import { exitCodeOf, findingLines } from "../doctor/finding.ts";
import { checkInstallation } from "../doctor/installation.ts";
import { checkKernel } from "../doctor/kernel.ts";
import type { Output } from "../output.ts";

export interface DoctorOptions {
  readonly confDir: string;
  readonly binDir: string;
  readonly json?: boolean;
}

/** @returns the exit code: 1 if pods would not get their network */
export async function doctor({ confDir, binDir, json }: DoctorOptions, output: Output): Promise<number> {
  const findings = [
    ...await checkInstallation(binDir),
    ...checkKernel(),
    ...await checkConfigurations(confDir, binDir),
  ];
  if (json === true) output.json(findings);
  else findingLines(findings).forEach(output.line);
  return exitCodeOf(findings);
}
