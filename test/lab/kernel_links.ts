// Which links this machine's kernel makes.

import { whyNotIsolated } from "./isolation.ts";

/** Why a test that needs links of that kind cannot run; undefined where the kernel makes them, or where nobody may ask. */
export function kernelLacks(kind: string): string | undefined {
  if (whyNotIsolated() !== undefined) return undefined;
  // In a namespace of its own, which ends with it. Without a parent none is made: what counts is which refusal comes.
  const args = ["--net", "ip", "link", "add", "try", "type", kind];
  const { stderr } = new Deno.Command("unshare", { args }).outputSync();
  return /Unknown device type/i.test(new TextDecoder().decode(stderr))
    ? `needs a kernel with ${kind} links`
    : undefined;
}
