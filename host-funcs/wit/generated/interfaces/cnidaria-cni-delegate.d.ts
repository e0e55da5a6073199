/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/delegate@0.3.0' {
  /**
   * `plugin` is its type: no slash.
   */
  export function add(plugin: string, config: string): CniResult;
  export function check(plugin: string, config: string): void;
  export function del(plugin: string, config: string): void;
  export function gc(plugin: string, config: string): void;
  export function status(plugin: string, config: string): void;
  export type CniResult = import('cnidaria:cni/types@0.3.0').CniResult;
  export type CniError = import('cnidaria:cni/types@0.3.0').CniError;
}
