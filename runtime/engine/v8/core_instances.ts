// A component can instantiate its core modules as often as it likes: how many of them, with how many memories and tables,
// is counted where the glue asks for each.

import { MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLES } from "../limit.ts";
import type { CoreModule } from "./protocol.ts";

/** More than a component may have. */
export class TooManyInstances extends Error {
  override readonly name = "TooManyInstances";
}

/**
 * What jco's glue takes as `instantiateCore`.
 *
 * @throws {TooManyInstances} from the function that it answers
 */
export function countedInstantiation(
  modules: Iterable<CoreModule>,
): (module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance {
  const known = new Map([...modules].map((it) => [it.module, it]));
  let [instances, memories, tables] = [0, 0, 0];
  return (module, imports) => {
    const { memories: more = 0, tables: others = 0 } = known.get(module) ?? {};
    instances++;
    memories += more;
    tables += others;
    if (instances > MAX_CORE_INSTANCES || memories > MAX_MEMORIES || tables > MAX_TABLES) {
      throw new TooManyInstances(
        `it has more core instances (${instances}), memories (${memories}) or tables (${tables}) than it may: ` +
          `${MAX_CORE_INSTANCES}, ${MAX_MEMORIES} and ${MAX_TABLES}`,
      );
    }
    return new WebAssembly.Instance(module, imports);
  };
}
