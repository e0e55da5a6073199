// The contract's functions as a test calls them: on the node in memory, with no grant that limits them, and not journaled.

import type * as Addresses from "cnidaria:cni/addresses@0.3.0";
import type * as Firewall from "cnidaria:cni/firewall@0.3.0";
import type * as Forwarding from "cnidaria:cni/forwarding@0.3.0";
import type * as Leases from "cnidaria:cni/leases@0.3.0";
import type * as Links from "cnidaria:cni/links@0.3.0";
import type * as Neighbors from "cnidaria:cni/neighbors@0.3.0";
import type * as Notes from "cnidaria:cni/notes@0.3.0";
import type * as PortMaps from "cnidaria:cni/port-maps@0.3.0";
import type * as Routes from "cnidaria:cni/routes@0.3.0";
import type * as Rules from "cnidaria:cni/rules@0.3.0";
import type * as Sysctl from "cnidaria:cni/sysctl@0.3.0";
import type * as TrafficControl from "cnidaria:cni/traffic-control@0.3.0";
import { createAddresses } from "../../host-funcs/addresses/mod.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { createFirewall } from "../../host-funcs/firewall/mod.ts";
import { createForwarding } from "../../host-funcs/forwarding/mod.ts";
import { createLeases } from "../../host-funcs/leases/mod.ts";
import { createLinks } from "../../host-funcs/links/mod.ts";
import { createNeighbors } from "../../host-funcs/neighbors/mod.ts";
import { createNotes } from "../../host-funcs/notes/mod.ts";
import { createPortMaps } from "../../host-funcs/port-maps/mod.ts";
import { createRoutes } from "../../host-funcs/routes/mod.ts";
import { createRules } from "../../host-funcs/rules/mod.ts";
import { createSysctl } from "../../host-funcs/sysctl/mod.ts";
import { createTrafficControl } from "../../host-funcs/traffic-control/mod.ts";

export interface HostFunctions {
  readonly links: typeof Links;
  readonly addresses: typeof Addresses;
  readonly routes: typeof Routes;
  readonly rules: typeof Rules;
  readonly neighbors: typeof Neighbors;
  readonly sysctl: typeof Sysctl;
  readonly firewall: typeof Firewall;
  readonly forwarding: typeof Forwarding;
  readonly trafficControl: typeof TrafficControl;
  readonly leases: typeof Leases;
  readonly notes: typeof Notes;
  readonly portMaps: typeof PortMaps;
}

export function hostFunctions(context: HostContext): HostFunctions {
  return {
    links: createLinks(context),
    addresses: createAddresses(context),
    routes: createRoutes(context),
    rules: createRules(context),
    neighbors: createNeighbors(context),
    sysctl: createSysctl(context),
    firewall: createFirewall(context),
    forwarding: createForwarding(context),
    trafficControl: createTrafficControl(context),
    leases: createLeases(context),
    notes: createNotes(context),
    portMaps: createPortMaps(context),
  };
}
