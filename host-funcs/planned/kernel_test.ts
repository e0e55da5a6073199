// The same calls on a plan of a node and then on the node itself: they must answer the same, refuse the same in the same
// words, and write down the same changes. And the plan must leave the node as it was.

import { assertEquals } from "@std/assert";
import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { readFile } from "../sysctl/file.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { PlannedKernel } from "./kernel.ts";
import { plain, remove, run } from "./testing/script.ts";
import { scripts } from "./testing/scripts.ts";

for (const [name, { given = [], steps }] of Object.entries(scripts)) {
  networkTest(`a plan answers as the kernel: ${name}`, (context) => {
    try {
      run(context, given, context.unique);
      const state = snapshot(context);
      const planned = plannedContext(context);
      context.changes.length = 0;
      const answers = run(planned, steps, context.unique);
      assertEquals(snapshot(context), state);
      assertEquals(context.changes, []);
      assertEquals(answers, run(context, steps, context.unique));
      assertEquals(plain(planned.changes), plain(context.changes));
    } finally {
      remove(context);
    }
  });
}

/** The node of the test, planned on. */
function plannedContext(context: TestContext): HostContext & { changes: Change[] } {
  const kernel = new PlannedKernel({
    netlink: (ns) => context.netlink(ns),
    parameter: (ns, path) => readFile(context.namespace(ns), path),
    packetFilter: () => undefined,
  });
  const { args, attachment, config } = context;
  const changes: Change[] = [];
  return {
    args,
    attachment,
    config,
    changes,
    namespace: (ns) => context.namespace(ns),
    netlink: (ns) => kernel.netlink(ns),
    database: () => context.database(),
    record: (change) => void changes.push(change),
    log: () => {},
    standIn: kernel,
  };
}

/** What `ip` says of the node, without what the kernel does in its own time after a link was set up. */
function snapshot(context: TestContext): unknown {
  const settles = /^(life_time|stats|timer|tentative|operstate|flags|.*_timer|.*_life_time)$/;
  return (["host", "container"] as const).map((ns) =>
    [["link"], ["address"], ["route"], ["-6", "route"], ["rule"], ["-6", "rule"], ["neighbor"]].map((words) =>
      context.ip(ns, ...words).map((entry: unknown) =>
        JSON.stringify(entry, (key, value) => {
          if (settles.test(key)) return undefined;
          return Array.isArray(value) ? value.filter((it) => !/^fe80:/.test(it.local ?? "")) : value;
        })
      ).filter((text: string) => !/"dst":"(fe80|ff00)/.test(text))
    )
  );
}
