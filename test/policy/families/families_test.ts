// Ten families of generated cases: the plain evaluator, the compiled rules and real packets agree on every pair, port,
// protocol and family of each member.

import { assertEquals } from "@std/assert";
import { labTestNeeding } from "../../lab/isolation.ts";
import { describe, describeCluster } from "../describe.ts";
import { Judges } from "../judges.ts";
import { PLACES, plainCluster, SPARE } from "../places.ts";
import { PolicyLab, whyNoPolicyLab } from "../policy_lab.ts";
import { allProbes } from "../prober.ts";
import { FAMILIES } from "./families.ts";

const PODS = [...PLACES.map(({ name }) => name), SPARE[0]!.name];

Deno.test("each family has members, each of a name of its own", () => {
  const sizes = Object.fromEntries(FAMILIES.map(({ name, members }) => [name, members.length]));
  assertEquals(sizes, {
    target: 8,
    rules: 8,
    peers: 110,
    ports: 26,
    protocols: 30,
    conflict: 16,
    action: 6,
    namespace: 2,
    "upstream-e2e": 13,
    example: 1,
  });
  for (const { members } of FAMILIES) {
    assertEquals(new Set(members.map(({ name }) => name)).size, members.length);
  }
});

Deno.test({
  ...labTestNeeding("families of generated policies", whyNoPolicyLab()),
  async fn(context) {
    await using lab = await PolicyLab.create();
    using judges = await Judges.open(lab, PODS);
    const probes = allProbes(PODS);
    judges.prober.settle(probes);
    for (const { name, members } of FAMILIES) {
      await context.step(`${name}: ${members.length}`, () => {
        for (const { name, steps } of members) {
          judges.forget();
          let cluster = plainCluster();
          for (const { policies = cluster.policies, change } of steps) {
            cluster = { ...change?.(cluster) ?? cluster, policies };
            judges.bring(cluster);
            const differences = judges.differences(probes);
            if (differences.length === 0) continue;
            throw new Error(`${name}\n${describe(differences)}\n${describeCluster(cluster)}`);
          }
        }
      });
    }
  },
});
