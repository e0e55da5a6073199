// Plugins of the suite's own: in a list, where the suite is the runtime, a recorder that answers what it got; and for
// delegation, where the plugin under test starts it, an executable.

import type { Parameters } from "../cli/libcni/invoke.ts";
import { Wrong } from "./case.ts";

const PREFIX = "conformance-";

export function isRecorder(type: string): boolean {
  return type.startsWith(PREFIX);
}

/** A recorder's configuration. @param fails whether its ADD fails */
export function recorder(name: string, fails = false): { type: string; fails: boolean } {
  return { type: `${PREFIX}${name}`, fails };
}

export interface RecordedCall {
  readonly type: string;
  readonly command: string;
  readonly input: Record<string, unknown>;
}

/** The recorder in a list failed as its configuration wants. */
export class RecorderFailed extends Wrong {}

export class Recorder {
  readonly calls: RecordedCall[] = [];

  /** @returns the result of the plugin before it, for ADD */
  call(type: string, text: string, { command }: Parameters): unknown {
    const input = JSON.parse(text);
    this.calls.push({ type: type.slice(PREFIX.length), command, input });
    if (command !== "ADD") return undefined;
    if (input.fails === true) throw new RecorderFailed(`${type} failed, as it should`);
    return input.prevResult;
  }
}

/** Address that the suite's IPAM plugin gives. */
export const DELEGATED_ADDRESS = "198.18.7.5/24";
export const DELEGATED_GATEWAY = "198.18.7.1";

/**
 * Writes an IPAM plugin: a script that keeps what it was called with, and gives always the same address.
 *
 * @param dir gets `NAME`, and `calls/`: files `COMMAND` with the environment, and `COMMAND.stdin`
 * @param answer JSON in the address's place, with exit code 1: it fails
 */
export async function writeIpam(dir: string, name: string, version: string, answer?: string): Promise<void> {
  await Deno.mkdir(`${dir}/calls`, { recursive: true });
  const ip = { address: DELEGATED_ADDRESS, gateway: DELEGATED_GATEWAY };
  const old = version.startsWith("0.3") || version.startsWith("0.4");
  const result = version.startsWith("0.1") || version.startsWith("0.2")
    ? { cniVersion: version, ip4: { ip: ip.address, gateway: ip.gateway } }
    : { cniVersion: version, ips: [{ ...old && { version: "4" }, ...ip }] };
  const script = `#!/bin/sh
cat > "${dir}/calls/$CNI_COMMAND.stdin"
env > "${dir}/calls/$CNI_COMMAND"
[ "$CNI_COMMAND" = ADD ] || exit 0
cat <<'END'
${answer ?? JSON.stringify(result)}
END
exit ${answer === undefined ? 0 : 1}
`;
  await Deno.writeTextFile(`${dir}/${name}`, script, { mode: 0o755 });
}
