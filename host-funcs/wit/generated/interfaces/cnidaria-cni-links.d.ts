/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/links@0.3.0' {
  export function get(ns: Ns, name: string): Link;
  export function list(ns: Ns): Array<Link>;
  /**
   * The bridge of that name in the host's namespace, made if there is none. It is up, and its MAC stays put when
   * ports come and go. `invalid` if a link of that name is no bridge.
   */
  export function ensureBridge(name: string, options: BridgeOptions): Link;
  /**
   * Makes a veth pair; both ends are down. `exists` if the peer's name is taken.
   */
  export function createVeth(options: VethOptions): VethPair;
  export function createMacvlan(options: MacvlanOptions): Link;
  /**
   * As `create-macvlan`, on a parent in either namespace. `broadcast-queue`: frames that may wait to be copied to all
   * macvlans of the parent (IFLA_MACVLAN_BC_QUEUE_LEN); the kernel's 1000 where there is none.
   */
  export function createMacvlanOn(parentNs: Ns, options: MacvlanOptions, broadcastQueue: number | undefined): Link;
  /**
   * Makes an ipvlan in the container; it is down, and has its parent's MAC. `unsupported` where the kernel has none.
   */
  export function createIpvlan(options: IpvlanOptions): Link;
  /**
   * Makes a VLAN device in the container; it is down. A parent has each VLAN once, in whatever namespace: `exists` if
   * it has this one. `unsupported` where the kernel has no VLANs.
   */
  export function createVlan(options: VlanOptions): Link;
  /**
   * `invalid` for a link of another kind.
   */
  export function getChild(ns: Ns, name: string): Child;
  /**
   * Moves a link of the host into the container, under that name: down, without the addresses and routes that it had. When
   * the attachment goes it comes back, named and set as it was. `not-found` if the host has no such link, `exists` if the
   * name is taken, `invalid` for one that the node cannot do without: loopback, a port of a bridge, the way of a default
   * route.
   */
  export function moveToContainer(device: Device, name: string): Link;
  /**
   * The VXLAN device of that name in the host's namespace, made if there is none; made anew if its parameters differ.
   */
  export function ensureVxlan(name: string, options: VxlanOptions): Link;
  export function set(ns: Ns, name: string, changes: LinkChanges): void;
  /**
   * What `tune` can change, as it is: each field has a value.
   */
  export function tuning(ns: Ns, name: string): LinkTuning;
  export function tune(ns: Ns, name: string, tuning: LinkTuning): void;
  /**
   * Adds VLANs to a bridge port (or to the bridge itself). `unsupported` where the kernel has no bridge VLAN filtering.
   */
  export function addVlans(name: string, vlans: Array<Vlan>): void;
  /**
   * Removes the VLANs of a bridge port.
   */
  export function removeVlans(name: string, vlans: Array<Vlan>): void;
  /**
   * Whether the kernel makes links of that kind (`veth`, `bridge`, …). Nothing is made; a module may be loaded.
   */
  export function supports(kind: string): boolean;
  /**
   * Waits until the link runs (see `link.running`, and forwards if it is a bridge port), on netlink notifications.
   * Milliseconds, at most 30,000. `timeout` after that.
   */
  export function waitRunning(ns: Ns, name: string, timeoutMs: number): Link;
  /**
   * Deletes the link; a veth's other end goes with it. `not-found` if there is none.
   */
  export { _delete as delete };
  function _delete(ns: Ns, name: string): void;
  export type Ns = import('cnidaria:cni/types@0.3.0').Ns;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
  export interface BridgePort {
    hairpin: boolean,
    isolated: boolean,
    /**
     * Operational state of the port (BR_STATE_FORWARDING).
     */
    forwarding: boolean,
  }
  export interface Link {
    /**
     * Interface index in its namespace.
     */
    index: number,
    name: string,
    /**
     * `veth`, `bridge`, `vxlan`, `macvlan`, `loopback`, ...; empty for a device without IFLA_INFO_KIND.
     */
    kind: string,
    /**
     * Lower case, colon separated; empty for a device without one.
     */
    mac: string,
    /**
     * Bytes.
     */
    mtu: number,
    /**
     * IFF_UP: the administrative state.
     */
    up: boolean,
    /**
     * IFF_LOWER_UP and operational state up or unknown: it can carry frames.
     */
    running: boolean,
    /**
     * Name of the bridge or other master in the same namespace.
     */
    master?: string,
    /**
     * IFLA_LINK: index of the other end of a veth, or of the parent of a macvlan. May be in another namespace.
     */
    peerIndex?: number,
    promisc: boolean,
    /**
     * Bridge port attributes; none for a link that is no bridge port.
     */
    port?: BridgePort,
    /**
     * Bridges only.
     */
    vlanFiltering?: boolean,
  }
  export interface BridgeOptions {
    mtu?: number,
    vlanFiltering: boolean,
    /**
     * Default PVID of new ports: true keeps the kernel's 1, false sets 0. Only with vlan-filtering.
     */
    defaultVlan: boolean,
  }
  export interface VethOptions {
    /**
     * Namespace and name of the container's end. `host` only for an end that serves the bridge itself (VLAN gateway).
     */
    peerNs: Ns,
    peerName: string,
    /**
     * MAC of the container's end; the kernel chooses where there is none.
     */
    peerMac?: string,
    /**
     * Name of the host's end; the host makes a free `veth<8 hex digits>` where there is none.
     */
    name?: string,
    /**
     * Bytes, of both ends; the kernel's 1500 where there is none.
     */
    mtu?: number,
    /**
     * Bridge that the host's end joins.
     */
    master?: string,
  }
  export interface VethPair {
    /**
     * The end in the host's namespace.
     */
    host: Link,
    /**
     * The peer.
     */
    peer: Link,
  }
  /**
   * What a link of the host's is found by.
   */
  export type Device = DeviceName | DeviceMac | DeviceKernelPath | DeviceBusId;
  export interface DeviceName {
    tag: 'name',
    val: string,
  }
  /**
   * Its MAC address.
   */
  export interface DeviceMac {
    tag: 'mac',
    val: string,
  }
  /**
   * Folder of its device below /sys/devices.
   */
  export interface DeviceKernelPath {
    tag: 'kernel-path',
    val: string,
  }
  /**
   * What its device is called on its bus: `0000:04:00.0` of PCI, `mlx5_core.sf.2` of the auxiliary bus.
   */
  export interface DeviceBusId {
    tag: 'bus-id',
    val: string,
  }
  /**
   * # Variants
   * 
   * ## `"bridge"`
   * 
   * ## `"private"`
   * 
   * ## `"vepa"`
   * 
   * ## `"passthru"`
   */
  export type MacvlanMode = 'bridge' | 'private' | 'vepa' | 'passthru';
  export interface MacvlanOptions {
    /**
     * Parent link in the host's namespace.
     */
    parent: string,
    /**
     * Name in the container's namespace.
     */
    name: string,
    mode: MacvlanMode,
    mtu?: number,
    mac?: string,
  }
  /**
   * IPVLAN_MODE_*.
   * # Variants
   * 
   * ## `"l2"`
   * 
   * ## `"l3"`
   * 
   * ## `"l3s"`
   */
  export type IpvlanMode = 'l2' | 'l3' | 'l3s';
  export interface IpvlanOptions {
    parentNs: Ns,
    parent: string,
    /**
     * Name in the container's namespace.
     */
    name: string,
    mode: IpvlanMode,
    /**
     * Bytes, at most the parent's; the parent's where there is none.
     */
    mtu?: number,
  }
  export interface VlanOptions {
    parentNs: Ns,
    parent: string,
    /**
     * Name in the container's namespace.
     */
    name: string,
    /**
     * IEEE 802.1Q, 0 to 4094; 0 tags frames with a priority alone.
     */
    id: number,
    /**
     * Bytes, at most the parent's; the parent's where there is none.
     */
    mtu?: number,
  }
  /**
   * What a link on a parent has beside the attributes of every link.
   */
  export type Child = ChildMacvlan | ChildIpvlan | ChildVlan;
  export interface ChildMacvlan {
    tag: 'macvlan',
    val: MacvlanMode,
  }
  export interface ChildIpvlan {
    tag: 'ipvlan',
    val: IpvlanMode,
  }
  /**
   * Its VLAN's number.
   */
  export interface ChildVlan {
    tag: 'vlan',
    val: number,
  }
  export interface VxlanOptions {
    /**
     * VXLAN network identifier, 1 to 2^24 - 1.
     */
    vni: number,
    /**
     * UDP port.
     */
    port: number,
    /**
     * Local address of the tunnel.
     */
    local: string,
    /**
     * Underlay link.
     */
    parent?: string,
    learning: boolean,
    mtu?: number,
    mac?: string,
  }
  /**
   * What `set` changes; a field without a value stays as it is.
   */
  export interface LinkChanges {
    up?: boolean,
    mtu?: number,
    mac?: string,
    /**
     * Bridge to join; the empty string leaves the present one.
     */
    master?: string,
    promisc?: boolean,
    /**
     * Bridge ports only: a frame may leave by the port it came from.
     */
    hairpin?: boolean,
    /**
     * Bridge ports only: no frames between isolated ports.
     */
    isolated?: boolean,
  }
  export interface Vlan {
    /**
     * 1 to 4094, first and last (the same for one).
     */
    first: number,
    last: number,
    /**
     * Untagged ingress frames get this VLAN.
     */
    pvid: boolean,
    /**
     * Egress frames of this VLAN leave untagged.
     */
    untagged: boolean,
  }
  /**
   * More that a link has, and that `tune` changes; there a field without a value stays as it is.
   */
  export interface LinkTuning {
    /**
     * IFF_ALLMULTI: it takes every multicast frame in.
     */
    allmulti?: boolean,
    /**
     * IFLA_TXQLEN, packets.
     */
    queueLength?: number,
  }
}
