/// <reference path="./interfaces/cnidaria-cni-addresses.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-cni.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-config-files.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-controller.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-delegate.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-firewall.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-forwarding.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-host-info.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-ipam.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-leases.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-links.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-log.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-neighbors.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-nftables.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-notes.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-policy.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-port-maps.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-routes.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-rules.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-sysctl.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-traffic-control.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/all@0.3.0' {
  export type * as CnidariaCniAddresses030 from 'cnidaria:cni/addresses@0.3.0'; // import cnidaria:cni/addresses@0.3.0
  export type * as CnidariaCniConfigFiles030 from 'cnidaria:cni/config-files@0.3.0'; // import cnidaria:cni/config-files@0.3.0
  export type * as CnidariaCniDelegate030 from 'cnidaria:cni/delegate@0.3.0'; // import cnidaria:cni/delegate@0.3.0
  export type * as CnidariaCniFirewall030 from 'cnidaria:cni/firewall@0.3.0'; // import cnidaria:cni/firewall@0.3.0
  export type * as CnidariaCniForwarding030 from 'cnidaria:cni/forwarding@0.3.0'; // import cnidaria:cni/forwarding@0.3.0
  export type * as CnidariaCniHostInfo030 from 'cnidaria:cni/host-info@0.3.0'; // import cnidaria:cni/host-info@0.3.0
  export type * as CnidariaCniIpam030 from 'cnidaria:cni/ipam@0.3.0'; // import cnidaria:cni/ipam@0.3.0
  export type * as CnidariaCniLeases030 from 'cnidaria:cni/leases@0.3.0'; // import cnidaria:cni/leases@0.3.0
  export type * as CnidariaCniLinks030 from 'cnidaria:cni/links@0.3.0'; // import cnidaria:cni/links@0.3.0
  export type * as CnidariaCniLog030 from 'cnidaria:cni/log@0.3.0'; // import cnidaria:cni/log@0.3.0
  export type * as CnidariaCniNeighbors030 from 'cnidaria:cni/neighbors@0.3.0'; // import cnidaria:cni/neighbors@0.3.0
  export type * as CnidariaCniNftables030 from 'cnidaria:cni/nftables@0.3.0'; // import cnidaria:cni/nftables@0.3.0
  export type * as CnidariaCniNotes030 from 'cnidaria:cni/notes@0.3.0'; // import cnidaria:cni/notes@0.3.0
  export type * as CnidariaCniPortMaps030 from 'cnidaria:cni/port-maps@0.3.0'; // import cnidaria:cni/port-maps@0.3.0
  export type * as CnidariaCniRoutes030 from 'cnidaria:cni/routes@0.3.0'; // import cnidaria:cni/routes@0.3.0
  export type * as CnidariaCniRules030 from 'cnidaria:cni/rules@0.3.0'; // import cnidaria:cni/rules@0.3.0
  export type * as CnidariaCniSysctl030 from 'cnidaria:cni/sysctl@0.3.0'; // import cnidaria:cni/sysctl@0.3.0
  export type * as CnidariaCniTrafficControl030 from 'cnidaria:cni/traffic-control@0.3.0'; // import cnidaria:cni/traffic-control@0.3.0
  export type * as CnidariaCniTypes030 from 'cnidaria:cni/types@0.3.0'; // import cnidaria:cni/types@0.3.0
  export * as cni from 'cnidaria:cni/cni@0.3.0'; // export cnidaria:cni/cni@0.3.0
  export * as controller from 'cnidaria:cni/controller@0.3.0'; // export cnidaria:cni/controller@0.3.0
  export * as policy from 'cnidaria:cni/policy@0.3.0'; // export cnidaria:cni/policy@0.3.0
}
