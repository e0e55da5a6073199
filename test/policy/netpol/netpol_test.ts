// The 48 cases of the Kubernetes end-to-end suite for NetworkPolicy, by their names: every pair of nine pods, both ports,
// all protocols and families. What each case expects is written by hand; the plain evaluator, the compiled rules and real
// packets all have to agree with it.

import { assertEquals } from "@std/assert";
import { labTestNeeding } from "../../lab/isolation.ts";
import { describe, describeCluster } from "../describe.ts";
import { Judges } from "../judges.ts";
import { PLACES, plainCluster } from "../places.ts";
import { PolicyLab, whyNoPolicyLab } from "../policy_lab.ts";
import { allProbes } from "../prober.ts";
import { expectation } from "./case.ts";
import { CHANGE_CASES } from "./change_cases.ts";
import { EGRESS_CASES } from "./egress_cases.ts";
import { PORT_CASES } from "./port_cases.ts";
import { SELECTOR_CASES } from "./selector_cases.ts";

const PODS = PLACES.map(({ name }) => name);
const CASES = [...SELECTOR_CASES, ...PORT_CASES, ...CHANGE_CASES, ...EGRESS_CASES];

Deno.test("there are as many cases as the suite has, each once", () => {
  assertEquals([CASES.length, new Set(CASES.map(({ name }) => name)).size], [48, 48]);
});

Deno.test({
  ...labTestNeeding("NetworkPolicy between server and client", whyNoPolicyLab()),
  async fn(context) {
    await using lab = await PolicyLab.create();
    using judges = await Judges.open(lab, PODS);
    const probes = allProbes(PODS);
    judges.prober.settle(probes);
    for (const { name, steps } of CASES) {
      await context.step(name, () => {
        judges.forget();
        let cluster = plainCluster();
        for (const { policies = cluster.policies, change, expect } of steps) {
          cluster = { ...change?.(cluster) ?? cluster, policies };
          judges.bring(cluster);
          const differences = judges.differences(probes, expectation(expect));
          if (differences.length > 0) throw new Error(`${describe(differences)}\n${describeCluster(cluster)}`);
        }
      });
    }
  },
});
