// Builds the imports of an instance: the interfaces that its component imports, each behind the gate.

import type { HostContext } from "../../host-funcs/context.ts";
import type { HostFunction, Imports } from "../engine/engine.ts";
import type { Gate } from "./gate.ts";
import { type InterfaceName, qualifiedName } from "./manifest.ts";

/** Makes the functions of one interface for one call. */
export type HostFactory = (context: HostContext) => Record<string, HostFunction>;

/**
 * Host functions by interface, imported when a component wants them. `ipam` and `delegate` are the runner's own.
 */
const MODULES: { readonly [name in InterfaceName]?: () => Promise<HostFactory> } = {
  links: async () => asFactory((await import("../../host-funcs/links/mod.ts")).createLinks),
  addresses: async () => asFactory((await import("../../host-funcs/addresses/mod.ts")).createAddresses),
  routes: async () => asFactory((await import("../../host-funcs/routes/mod.ts")).createRoutes),
  neighbors: async () => asFactory((await import("../../host-funcs/neighbors/mod.ts")).createNeighbors),
  sysctl: async () => asFactory((await import("../../host-funcs/sysctl/mod.ts")).createSysctl),
  firewall: async () => asFactory((await import("../../host-funcs/firewall/mod.ts")).createFirewall),
  leases: async () => asFactory((await import("../../host-funcs/leases/mod.ts")).createLeases),
  notes: async () => asFactory((await import("../../host-funcs/notes/mod.ts")).createNotes),
  "config-files": async () => asFactory((await import("../../host-funcs/config-files/mod.ts")).createConfigFiles),
};

/** The contract's own types are checked where a host function is made; here they are only passed on. */
function asFactory(create: (context: HostContext) => object): HostFactory {
  return create as HostFactory;
}

/** Loads the host functions of interfaces. */
export async function loadFactories(names: readonly InterfaceName[]): Promise<Map<InterfaceName, HostFactory>> {
  const factories = new Map<InterfaceName, HostFactory>();
  await Promise.all(names.map(async (name) => {
    const load = MODULES[name];
    if (load !== undefined) factories.set(name, await load());
  }));
  return factories;
}

/**
 * The imports of one instance.
 *
 * @param functions the functions of each interface, not yet guarded
 */
export function linkImports(gate: Gate, functions: ReadonlyMap<InterfaceName, Record<string, HostFunction>>): Imports {
  const imports: Imports = {};
  for (const [name, table] of functions) imports[qualifiedName(name)] = gate.guard(name, table);
  return imports;
}
