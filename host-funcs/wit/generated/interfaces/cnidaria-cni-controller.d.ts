/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/controller@0.3.0' {
  /**
   * `network` is Flannel's net-conf.json. An error names the key that is wrong.
   */
  export function prepare(network: string, node: LocalNode): NodePlan;
  /**
   * A plan for each peer, in their order. What one needs depends on no other: so a change of one peer costs one.
   */
  export function reconcile(network: string, node: LocalNode, peers: Array<Peer>): Array<PeerPlan>;
  export type CniError = import('cnidaria:cni/types@0.3.0').CniError;
  /**
   * # Variants
   * 
   * ## `"ipv4"`
   * 
   * ## `"ipv6"`
   */
  export type Family = 'ipv4' | 'ipv6';
  /**
   * A VXLAN device that the node has already.
   */
  export interface PresentDevice {
    name: string,
    mac: string,
  }
  /**
   * This node, as far as one family goes.
   */
  export interface LocalNode {
    name: string,
    family: Family,
    /**
     * Its pods' subnet, CIDR notation.
     */
    subnet: string,
    /**
     * The address by which other nodes reach it.
     */
    publicIp: string,
    /**
     * The link that has `public-ip`.
     */
    underlay: string,
    /**
     * Bytes, of `underlay`.
     */
    underlayMtu: number,
    /**
     * What is on that link: the networks of its addresses, of the family of `public-ip`, CIDR notation.
     */
    onLink: Array<string>,
    /**
     * A backend that finds its device there keeps that device's MAC: peers know it.
     */
    devices: Array<PresentDevice>,
    /**
     * A locally administered MAC for a device that has to be made; the same at each start of this node.
     */
    freshMac: string,
  }
  /**
   * Another node, as it stands in the store. None of it can be trusted to be well-formed.
   */
  export interface Peer {
    name: string,
    subnet: string,
    publicIp: string,
    backendType: string,
    /**
     * JSON text, as Flannel keeps it (`BackendData`); empty where there is none.
     */
    backendData: string,
  }
  export interface VxlanDevice {
    name: string,
    vni: number,
    port: number,
    /**
     * The node's address of the tunnel.
     */
    local: string,
    /**
     * Underlay link.
     */
    parent: string,
    /**
     * Bytes.
     */
    mtu: number,
    mac: string,
    learning: boolean,
    /**
     * VXLAN Group Policy extension.
     */
    gbp: boolean,
  }
  export interface DeviceAddress {
    link: string,
    /**
     * CIDR notation.
     */
    cidr: string,
  }
  /**
   * What the node itself needs, whoever the others are.
   */
  export interface NodePlan {
    device?: VxlanDevice,
    addresses: Array<DeviceAddress>,
    /**
     * Bytes: what pods may send.
     */
    podMtu: number,
    /**
     * JSON text that other nodes need to know; empty where there is none.
     */
    backendData: string,
  }
  export interface PeerRoute {
    /**
     * CIDR notation.
     */
    dst: string,
    gateway: string,
    link: string,
    /**
     * RTNH_F_ONLINK.
     */
    onlink: boolean,
  }
  export interface PeerNeighbor {
    address: string,
    mac: string,
    link: string,
  }
  export interface PeerFdb {
    mac: string,
    /**
     * Remote address of the tunnel.
     */
    dst: string,
    link: string,
  }
  /**
   * What the node needs for one peer.
   */
  export interface PeerPlan {
    /**
     * Why this peer cannot be reached: a sentence that names it. Then nothing is made for it.
     */
    refused?: string,
    routes: Array<PeerRoute>,
    neighbors: Array<PeerNeighbor>,
    fdb: Array<PeerFdb>,
  }
}
