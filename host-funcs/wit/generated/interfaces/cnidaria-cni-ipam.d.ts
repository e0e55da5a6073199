/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/ipam@0.3.0' {
  export function add(config: string): CniResult;
  export function check(config: string, prevResult: CniResult | undefined): void;
  export function del(config: string): void;
  export function gc(config: string): void;
  export function status(config: string): void;
  export type CniResult = import('cnidaria:cni/types@0.3.0').CniResult;
  export type CniError = import('cnidaria:cni/types@0.3.0').CniError;
}
