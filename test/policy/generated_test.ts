// Policies at random: the three judges agree on every pair, port, protocol and family. CNIDARIA_POLICY_RUNS and
// CNIDARIA_POLICY_SEED change how many sets there are, and which.

import * as fc from "fast-check";
import { labTestNeeding } from "../lab/isolation.ts";
import { describe, describeCluster } from "./describe.ts";
import { clusters } from "./generate.ts";
import { Judges } from "./judges.ts";
import { PLACES } from "./places.ts";
import { PolicyLab, whyNoPolicyLab } from "./policy_lab.ts";
import { allProbes } from "./prober.ts";

const RUNS = Number(Deno.env.get("CNIDARIA_POLICY_RUNS") ?? 300);
const SEED = Number(Deno.env.get("CNIDARIA_POLICY_SEED") ?? 20250227);

const PODS = PLACES.map(({ name }) => name);
const OTHERS = ["one", "two", "outside"];

Deno.test({
  ...labTestNeeding(
    `${RUNS} generated sets of policies, and the changes to them from as many others (seed ${SEED})`,
    whyNoPolicyLab(),
  ),
  async fn() {
    await using lab = await PolicyLab.create();
    using judges = await Judges.open(lab, [...PODS, ...OTHERS]);
    const probes = allProbes(PODS, OTHERS);
    judges.prober.settle(probes);
    const found = fc.check(
      fc.property(clusters, clusters, (before, after) => {
        // Each run is one by itself, so that what is found can be made smaller.
        judges.forget();
        judges.bring(before);
        judges.bring(after);
        const differences = judges.differences(probes);
        if (differences.length > 0) throw new Error(describe(differences));
      }),
      { numRuns: RUNS, seed: SEED },
    );
    if (!found.failed) return;
    const [before, after] = found.counterexample!;
    throw new Error(
      `${found.errorInstance}\nseed ${SEED}, path ${found.counterexamplePath}\nbefore:\n${
        describeCluster(before)
      }\nafter:\n${describeCluster(after)}`,
    );
  },
});
