// Builds the imports of an instance: the interfaces that its component imports, each behind the gate.

import { createAddresses } from "../../host-funcs/addresses/mod.ts";
import { createConfigFiles } from "../../host-funcs/config-files/mod.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { createFirewall } from "../../host-funcs/firewall/mod.ts";
import { createForwarding } from "../../host-funcs/forwarding/mod.ts";
import { createHostInfo } from "../../host-funcs/host-info/mod.ts";
import { createLeases } from "../../host-funcs/leases/mod.ts";
import { createLinks } from "../../host-funcs/links/mod.ts";
import { createNeighbors } from "../../host-funcs/neighbors/mod.ts";
import { createNotes } from "../../host-funcs/notes/mod.ts";
import { createPortMaps } from "../../host-funcs/port-maps/mod.ts";
import { createRoutes } from "../../host-funcs/routes/mod.ts";
import { createRules } from "../../host-funcs/rules/mod.ts";
import { createSysctl } from "../../host-funcs/sysctl/mod.ts";
import { createTrafficControl } from "../../host-funcs/traffic-control/mod.ts";
import { qualifiedName } from "../../host-funcs/wit/contract.ts";
import { PROGRAM_VERSION } from "../program_version.ts";
import { CNI_VERSIONS } from "../cni/version.ts";
import type { HostFunction, Imports } from "../engine/engine.ts";
import type { Gate } from "./gate.ts";
import type { InterfaceName } from "./manifest.ts";

/** Makes the functions of one interface for one call. */
export type HostFactory = (context: HostContext) => Record<string, HostFunction>;

/** Host functions by interface. `ipam` and `delegate` are the runner's own. */
const FACTORIES: { readonly [name in InterfaceName]?: HostFactory } = {
  links: asFactory(createLinks),
  addresses: asFactory(createAddresses),
  routes: asFactory(createRoutes),
  rules: asFactory(createRules),
  neighbors: asFactory(createNeighbors),
  sysctl: asFactory(createSysctl),
  firewall: asFactory(createFirewall),
  forwarding: asFactory(createForwarding),
  leases: asFactory(createLeases),
  "traffic-control": asFactory(createTrafficControl),
  notes: asFactory(createNotes),
  "config-files": asFactory(createConfigFiles),
  "host-info": asFactory(() => createHostInfo(PROGRAM_VERSION, CNI_VERSIONS)),
  "port-maps": asFactory(createPortMaps),
};

/** The contract's own types are checked where a host function is made; here they are only passed on. */
function asFactory(create: (context: HostContext) => object): HostFactory {
  return create as HostFactory;
}

/** The host functions of interfaces. */
export function factoriesOf(names: readonly InterfaceName[]): Map<InterfaceName, HostFactory> {
  const factories = new Map<InterfaceName, HostFactory>();
  for (const name of names) {
    const factory = FACTORIES[name];
    if (factory !== undefined) factories.set(name, factory);
  }
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
