// The node in memory against the kernel: the same host calls on both, from a node that has nothing but its loopback link.
// They must answer the same, refuse the same in the same words, and write down the same changes.

import { assertEquals } from "@std/assert";
import type { Change } from "../../host-funcs/change.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { createLinks } from "../../host-funcs/links/mod.ts";
import { plain, remove, run } from "../../host-funcs/planned/testing/script.ts";
import { scripts } from "../../host-funcs/planned/testing/scripts.ts";
import { networkTest, type TestContext } from "../../host-funcs/test_context.ts";
import type { CallContext } from "../plugin/host_context.ts";
import { MemoryGround } from "./memory_ground.ts";

for (const [name, { given = [], steps }] of Object.entries(scripts)) {
  networkTest(`a node in memory answers as the kernel: ${name}`, (context) => {
    const changes: Change[] = [];
    const memory = memoryContext(changes, missing(context));
    try {
      assertEquals(
        run(memory, [...given, ...steps], context.unique),
        run(context, [...given, ...steps], context.unique),
      );
      assertEquals(plain(changes), plain(context.changes));
    } finally {
      memory.close();
      remove(context);
    }
  });
}

/** What this kernel lacks, and the other one is to lack as well. */
function missing(context: TestContext): string[] {
  const kinds = ["ipvlan", "vlan"].filter((kind) => !createLinks(context).supports(kind));
  return canFilter(context) ? kinds : [...kinds, "vlan-filtering"];
}

/** Whether this kernel's bridges filter VLANs. */
function canFilter(context: TestContext): boolean {
  const [links, name] = [createLinks(context), `f${context.unique}`];
  try {
    links.ensureBridge(name, { vlanFiltering: true, defaultVlan: true });
    links.delete("host", name);
    return true;
  } catch (error) {
    if (error instanceof HostCallError && error.code === "unsupported") return false;
    throw error;
  } finally {
    context.changes.length = 0;
  }
}

function memoryContext(changes: Change[], missing: readonly string[]): CallContext {
  const place = {
    attachment: { network: "test", containerId: "pod1", ifname: "eth0" },
    args: [],
    stateDir: "/nowhere",
    log: { write: () => {}, enabled: () => false },
  };
  const ground = new MemoryGround(place);
  for (const each of missing) ground.lacks(each);
  ground.addPod("pod1");
  ground.enter("pod1");
  return ground.contextOf(place, { append: (change) => void changes.push(change) }, "pod1");
}
