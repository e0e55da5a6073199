/// <reference path="./interfaces/cnidaria-cni-addresses.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-cni.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-config-files.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-controller.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-delegate.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-firewall.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-ipam.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-leases.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-links.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-log.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-neighbors.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-nftables.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-notes.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-policy.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-routes.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-sysctl.d.ts" />
/// <reference path="./interfaces/cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/all@0.1.0' {
  export type * as CnidariaCniAddresses010 from 'cnidaria:cni/addresses@0.1.0'; // import cnidaria:cni/addresses@0.1.0
  export type * as CnidariaCniConfigFiles010 from 'cnidaria:cni/config-files@0.1.0'; // import cnidaria:cni/config-files@0.1.0
  export type * as CnidariaCniDelegate010 from 'cnidaria:cni/delegate@0.1.0'; // import cnidaria:cni/delegate@0.1.0
  export type * as CnidariaCniFirewall010 from 'cnidaria:cni/firewall@0.1.0'; // import cnidaria:cni/firewall@0.1.0
  export type * as CnidariaCniIpam010 from 'cnidaria:cni/ipam@0.1.0'; // import cnidaria:cni/ipam@0.1.0
  export type * as CnidariaCniLeases010 from 'cnidaria:cni/leases@0.1.0'; // import cnidaria:cni/leases@0.1.0
  export type * as CnidariaCniLinks010 from 'cnidaria:cni/links@0.1.0'; // import cnidaria:cni/links@0.1.0
  export type * as CnidariaCniLog010 from 'cnidaria:cni/log@0.1.0'; // import cnidaria:cni/log@0.1.0
  export type * as CnidariaCniNeighbors010 from 'cnidaria:cni/neighbors@0.1.0'; // import cnidaria:cni/neighbors@0.1.0
  export type * as CnidariaCniNftables010 from 'cnidaria:cni/nftables@0.1.0'; // import cnidaria:cni/nftables@0.1.0
  export type * as CnidariaCniNotes010 from 'cnidaria:cni/notes@0.1.0'; // import cnidaria:cni/notes@0.1.0
  export type * as CnidariaCniRoutes010 from 'cnidaria:cni/routes@0.1.0'; // import cnidaria:cni/routes@0.1.0
  export type * as CnidariaCniSysctl010 from 'cnidaria:cni/sysctl@0.1.0'; // import cnidaria:cni/sysctl@0.1.0
  export type * as CnidariaCniTypes010 from 'cnidaria:cni/types@0.1.0'; // import cnidaria:cni/types@0.1.0
  export * as cni from 'cnidaria:cni/cni@0.1.0'; // export cnidaria:cni/cni@0.1.0
  export * as controller from 'cnidaria:cni/controller@0.1.0'; // export cnidaria:cni/controller@0.1.0
  export * as policy from 'cnidaria:cni/policy@0.1.0'; // export cnidaria:cni/policy@0.1.0
}
