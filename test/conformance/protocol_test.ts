// The CNI protocol of every spec version, case by case. Ours has to pass all; of Debian's Go plugins it is printed how
// many they pass.

import { assert, assertEquals } from "@std/assert";
import { candidates } from "../e2e/targets.ts";
import { heldAddresses } from "../e2e/held_addresses.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import type { Target } from "../lab/cni_call.ts";
import { verdict } from "./case_verdict.ts";
import { PROTOCOL_CASES } from "./protocol_cases.ts";

/** On v8, which answers as wasmtime does, and takes twice the time. */
const V8_VERSIONS = ["0.2.0", "1.1.0"];
const VERSIONS = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];
const EXCEPT = { except: ["cni0"], exceptParameters: true };

/** Debian's 1.1.1 pass 268 of 390: fewer than a third would mean that the cases themselves are broken. */
const GO_SHARE = 0.33;

async function complaints(target: Target, version: string): Promise<{ cases: number; wrong: string[] }> {
  await using node = await Node.create();
  const pod = await node.pod();
  const before = await dumpState(node.namespace, EXCEPT);
  const empty = await dumpState(pod, { exceptParameters: true });
  const wrong: string[] = [];
  const cases = PROTOCOL_CASES.filter(({ versions }) => versions?.(version) ?? true);
  for (const item of cases) {
    const complaint = await verdict(target, node, pod, version, item);
    if (complaint !== undefined) wrong.push(`${item.name}: ${complaint}`);
  }
  if (target.ours) {
    assertEquals(await dumpState(node.namespace, EXCEPT), before);
    assertEquals(await dumpState(pod, { exceptParameters: true }), empty);
    assertEquals(await heldAddresses(target, node), []);
  }
  return { cases: cases.length, wrong };
}

for (const candidate of candidates()) {
  if (!candidate.ours) continue;
  for (const version of candidate.name.endsWith("/v8") ? V8_VERSIONS : VERSIONS) {
    Deno.test({
      ...labTestNeeding(`${candidate.name}: every protocol case of CNI ${version}`, candidate.missing),
      fn: async () => {
        const { wrong } = await complaints(await candidate.ready(), version);
        assertEquals(wrong, []);
      },
    });
  }
}

for (const candidate of candidates()) {
  if (candidate.ours) continue;
  Deno.test({
    ...labTestNeeding(`${candidate.name}: protocol cases that the Go plugins pass, counted`, candidate.missing),
    fn: async () => {
      let all = 0;
      let failed = 0;
      for (const version of VERSIONS.slice(0, -1)) {
        const { cases, wrong } = await complaints(await candidate.ready(), version);
        all += cases;
        failed += wrong.length;
      }
      const line = `protocol cases that the Go plugins pass: ${all - failed} of ${all}\n`;
      await Deno.stderr.write(new TextEncoder().encode(line));
      assert((all - failed) / all >= GO_SHARE, line);
    },
  });
}
