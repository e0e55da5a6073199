// `cnidaria doctor`.

import { checkConfigurations } from "../doctor/configurations.ts";
import { exitCodeOf, findingLines } from "../doctor/finding.ts";
import { checkForwarding } from "../doctor/forwarding.ts";
import { checkInstallation } from "../doctor/installation.ts";
import { checkKernel } from "../doctor/kernel.ts";
import { checkNetworkPolicy, networksWithPolicies } from "../doctor/network_policy.ts";
import { checkOverlay } from "../doctor/overlay.ts";
import type { Output } from "../output.ts";

export interface DoctorOptions {
  readonly confDir: string;
  readonly binDir: string;
  /** Where the agent answers HTTP: `HOST:PORT`, or the path of a socket. */
  readonly http: string;
  readonly json?: boolean;
}

/** @returns the exit code: 1 if pods would not get their network */
export async function doctor({ confDir, binDir, http, json }: DoctorOptions, output: Output): Promise<number> {
  const policed = networksWithPolicies(confDir);
  const kernel = checkKernel(policed.some(({ closed }) => closed));
  const findings = [
    ...await checkInstallation(binDir),
    ...kernel,
    // Without root none of it can be looked at, and the kernel's finding says so.
    ...kernel.length > 1 ? [...checkOverlay(), ...checkForwarding()] : [],
    ...await checkConfigurations(confDir, binDir),
    ...await checkNetworkPolicy(policed, http),
  ];
  if (json === true) output.json(findings);
  else findingLines(findings).forEach(output.line);
  return exitCodeOf(findings);
}
